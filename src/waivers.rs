//! Waivers: findings that somebody accepts, for a reason and until a day.
//!
//! In: findings, the profile's waivers and today's date. Out: the findings, those accepted as information, and new
//! ones about waivers that are expired, unused, or meant for something that cannot be waived.

use crate::controls;
use crate::diag::{Code, Finding, Path, Place, Severity, did_you_mean};
use crate::names::Date;
use crate::path;
use crate::profile::Waiver;

/// Applies the waivers to the findings.
pub fn apply(findings: &mut Vec<Finding>, waivers: &[Waiver], today: &Date) {
    let mut about = Vec::new();
    for (at, waiver) in waivers.iter().enumerate() {
        let (code, place, name) = match subject(waiver, at) {
            Ok(subject) => subject,
            Err(finding) => {
                about.push(*finding);
                continue;
            }
        };
        let is_meant = |f: &&mut Finding| f.code == code && (waiver.control.is_none() || f.control == waiver.control);
        let accepted: Vec<_> = findings.iter_mut().filter(is_meant).collect();
        if accepted.is_empty() && code == Code::AclNotExpressible {
            // It is found only where CloudFormation is rendered, so its absence says nothing about the profile.
        } else if accepted.is_empty() {
            let message = format!("nothing is waived: there is no finding `{name}` in this profile");
            about.push(Finding::new(Code::WaiverUnused, place, message).help("remove the waiver"));
        } else if waiver.until < *today {
            let message = format!("the waiver for `{name}` ended on {}", waiver.until);
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

/// The code that a waiver is for, the place that says so, and the word for it.
fn subject(waiver: &Waiver, at: usize) -> Result<(Code, Path, &str), Box<Finding>> {
    match (&waiver.finding, &waiver.control) {
        (Some(name), None) => {
            let place = path!["waivers", at, "finding"];
            if name == Code::ControlUnmet.name() {
                let message = format!("`{name}` is not waived as a whole");
                return Err(Finding::new(Code::WaiverUnknown, place, message).help("name the control: `control: fsbp/S3.9`").into());
            }
            match Code::by_name(name).filter(|code| code.info().waivable) {
                Some(code) => Ok((code, place, name)),
                None => Err(unknown(name, place).into()),
            }
        }
        (None, Some(control)) => {
            let place = path!["waivers", at, "control"];
            let known: Vec<String> = controls::all().map(|(framework, row)| format!("{}/{}", framework.name(), row.id)).collect();
            if known.contains(control) {
                return Ok((Code::ControlUnmet, place, control));
            }
            let finding = Finding::new(Code::WaiverUnknown, place, format!("there is no control `{control}`"));
            Err(match did_you_mean(control, known.iter().map(String::as_str)) {
                Some(near) => finding.help(format!("did you mean `{near}`?")).into(),
                None => finding.help("`s3harden explain controls` lists them").into(),
            })
        }
        _ => {
            let message = "a waiver is for one finding or for one control";
            Err(Finding::new(Code::WaiverUnknown, path!["waivers", at], message)
                .help("write `finding: CODE` or `control: FRAMEWORK/ID`")
                .into())
        }
    }
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
