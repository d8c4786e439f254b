//! Waivers: findings that somebody accepts, for a reason and until a day.
//!
//! In: findings, the profile's waivers and today's date. Out: the findings, those accepted as information, and new
//! ones about waivers that are expired, unused, or meant for something that cannot be waived.

use crate::diag::{Code, Finding, Path, Place, Severity, did_you_mean};
use crate::names::Date;
use crate::path;
use crate::profile::Waiver;

/// Applies the waivers to the findings.
pub fn apply(findings: &mut Vec<Finding>, waivers: &[Waiver], today: &Date) {
    let mut about = Vec::new();
    for (at, waiver) in waivers.iter().enumerate() {
        let place = path!["waivers", at, "finding"];
        let Some(code) = Code::by_name(&waiver.finding).filter(|code| code.info().waivable) else {
            about.push(unknown(&waiver.finding, place));
            continue;
        };
        let accepted: Vec<_> = findings.iter_mut().filter(|f| f.code == code).collect();
        if accepted.is_empty() && code == Code::AclNotExpressible {
            // It is found only where CloudFormation is rendered, so its absence says nothing about the profile.
        } else if accepted.is_empty() {
            let message = format!("nothing is waived: there is no finding `{code}` in this profile", code = code.name());
            about.push(Finding::new(Code::WaiverUnused, place, message).help("remove the waiver"));
        } else if waiver.until < *today {
            let message = format!("the waiver for `{}` ended on {}", code.name(), waiver.until);
            about.push(
                Finding::new(Code::WaiverExpired, Place::Value(path!["waivers", at, "until"]), message)
                    .help("renew it with a later day, or turn the protection on"),
            );
        } else {
            for finding in accepted {
                finding.severity = Severity::Info;
                let by = waiver.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
                finding.waived = Some(format!("until {}{by}: {}", waiver.until, waiver.reason));
                finding.help.clear();
            }
        }
    }
    findings.extend(about);
}

fn unknown(name: &str, place: Path) -> Finding {
    let finding = match Code::by_name(name) {
        Some(_) => return Finding::new(Code::WaiverUnknown, place, format!("`{name}` cannot be waived")).help("correct what it is about"),
        None => Finding::new(Code::WaiverUnknown, place, format!("there is no finding `{name}`")),
    };
    let waivable = || Code::ALL.iter().filter(|code| code.info().waivable).map(|code| code.name());
    match did_you_mean(name, waivable()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help(format!("findings that can be waived: {}", waivable().collect::<Vec<_>>().join(", "))),
    }
}
