//! Macie where there is none, settings that belong to somebody else or do nothing, and what no template switches on.

use super::Subject;
use crate::diag::{Code, Finding, Path};
use crate::names::{BucketName, Region};
use crate::path;
use crate::protect::monitoring::Singleton;
use crate::protect::monitoring::macie::{self, Macie, Objects};

/// Whose Macie it is.
pub(super) struct Home<'a> {
    /// The region, and where that stands.
    pub(super) region: Option<(&'a Region, Path)>,
    /// In the profile of a bucket: which.
    pub(super) bucket: Option<BucketName>,
}

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(section) = &subject.profile.monitoring.macie else { return };
    let bucket = &subject.profile.bucket;
    let home = Home {
        region: bucket.region.as_ref().map(|region| (region, path!["bucket", "region"])),
        bucket: Some(bucket.full_name()),
    };
    about(section, &home, findings);
}

fn at(key: &'static str) -> Path {
    path!["monitoring", "macie", key]
}

/// What is wrong with what a profile asks of Macie.
pub(super) fn about(section: &Macie, home: &Home<'_>, findings: &mut Vec<Finding>) {
    if let Some((region, place)) = home.region.as_ref().filter(|(region, _)| !macie::is_in(region)) {
        findings.push(
            Finding::new(Code::MacieNotInRegion, path!["monitoring", "macie"], format!("there is no Macie in `{region}`"))
                .also(place.clone(), "the region")
                .help("leave it out"),
        );
    }
    of_session(section, home, findings);
    identifiers(section, findings);
    if let Some(job) = &section.job {
        for (key, objects) in [("include", &job.include), ("exclude", &job.exclude)] {
            findings.extend(objects.iter().filter_map(|objects| never(objects, &at("job").then(key))));
        }
    }
    export(section, home, findings);
    if section.automated_discovery {
        findings.push(
            Finding::new(
                Code::DoneByHand,
                at("automated_discovery"),
                "neither CloudFormation nor Terraform can switch automated discovery on",
            )
            .help("the runbook has the command that switches it on"),
        );
    }
}

/// What is set where the session is made, or for the account.
fn of_session(section: &Macie, home: &Home<'_>, findings: &mut Vec<Finding>) {
    if section.session == Singleton::Create {
        return;
    }
    let for_account = home.bucket.is_none();
    let all = [
        ("publish", section.publish.is_some()),
        ("automated_discovery", section.automated_discovery),
        ("export_to", section.export_to.is_some()),
    ];
    for (key, _) in all.into_iter().filter(|(key, written)| *written && (!for_account || *key == "publish")) {
        let (code, message, help) = if for_account {
            let message = format!("`{key}` has no effect on a session that exists");
            (Code::SettingIgnored, message, "remove it, or use `session: create`")
        } else {
            let message = format!("`{key}` is a setting of the account's Macie, which this profile does not switch on");
            (Code::SessionSettingElsewhere, message, "set it in the account's profile, or use `session: create`")
        };
        findings.push(Finding::new(code, at(key), message).also(at("session"), "the session").help(help));
    }
}

fn identifiers(section: &Macie, findings: &mut Vec<Finding>) {
    let identifiers: Vec<_> = section.custom_identifiers.iter().map(|one| (one.name.as_str(), one.id())).collect();
    let lists: Vec<_> = section.allow_lists.iter().map(|one| (one.name.as_str(), one.id())).collect();
    let used = section.job.is_some() || section.automated_discovery;
    for (key, all) in [("custom_identifiers", identifiers), ("allow_lists", lists)] {
        for (number, (name, id)) in all.iter().enumerate() {
            let earlier = all.iter().take(number).enumerate().find(|(_, (_, other))| other.as_str().eq_ignore_ascii_case(id.as_str()));
            if let Some((first, (other, _))) = earlier {
                let message = format!("`{name}` and `{other}` would have the same name in the template");
                findings.push(
                    Finding::new(Code::DuplicateIdentifier, at(key).then(number).then("name"), message)
                        .also(at(key).then(first).then("name"), "the other one")
                        .help("choose another name"),
                );
            }
        }
        if !all.is_empty() && !used {
            let message = format!("`{key}` have no effect: nothing looks with them");
            findings.push(Finding::new(Code::SettingIgnored, at(key), message).help("add a `job` or `automated_discovery`, or remove them"));
        }
    }
    for (number, one) in section.custom_identifiers.iter().enumerate() {
        if one.distance.is_some() && one.keywords.is_empty() {
            let place = at("custom_identifiers").then(number).then("distance");
            let message = "`distance` has no effect without keywords";
            findings.push(Finding::new(Code::SettingIgnored, place, message).help("add `keywords`, or remove it"));
        }
    }
}

/// Objects that there are none of, or no description of any.
fn never(objects: &Objects, place: &Path) -> Option<Finding> {
    if objects.is_empty() {
        return Some(Finding::new(Code::SettingIgnored, place.clone(), "it describes no objects").help("say which, or remove it"));
    }
    let (least, most) = (objects.min_bytes?, objects.max_bytes?);
    (least > most).then(|| {
        Finding::new(Code::ConditionNeverHolds, place.then("min_bytes"), format!("no object has at least {least} bytes and at most {most}"))
            .also(place.then("max_bytes"), "the largest size")
            .help("exchange the two")
    })
}

/// Where results are kept.
fn export(section: &Macie, home: &Home<'_>, findings: &mut Vec<Finding>) {
    let Some(target) = &section.export_to else {
        if section.export_key.is_some() {
            let message = "`export_key` has no effect where nothing is kept";
            findings.push(Finding::new(Code::SettingIgnored, at("export_key"), message).help("set `export_to`, or remove it"));
        }
        return;
    };
    match target.given() {
        Some(name) if home.bucket.as_ref() == Some(&name) => findings.push(
            Finding::new(Code::LogsToSelf, at("export_to"), format!("what is found in `{name}` would be kept in it, and looked into again"))
                .also(path!["bucket", "name"], "the same bucket")
                .help("use `create` for a companion bucket, or name another bucket"),
        ),
        Some(name) => {
            let message = format!("the policy of `{name}` must let Macie deliver, and is not part of this profile");
            findings.push(
                Finding::new(Code::LogTargetElsewhere, at("export_to"), message).help("follow the step in the runbook, or use `create`"),
            );
        }
        None => {}
    }
    let given = section.export_key.as_ref().and_then(macie::ExportKey::given);
    if home.region.is_none() && (target.given().is_none() || given.is_none()) {
        let message = "what Macie finds is not delivered in regions that an account has to switch on, where Macie calls by another name";
        findings.push(
            Finding::new(Code::MacieRegionOpen, at("export_to"), message)
                .help(format!("say `bucket.region`, or do not deploy it to {}", macie::OPT_IN.join(", "))),
        );
    }
    let Some(key) = given else { return };
    findings.push(
        Finding::new(Code::KeyElsewhere, at("export_key"), format!("the policy of `{key}` is not part of this profile"))
            .help("follow the step in the runbook, or use `create` for a key of its own"),
    );
    let own = home.region.as_ref().filter(|(own, _)| target.given().is_none() && key.owner().is_some_and(|(_, region)| region != own.as_str()));
    if let (Some((own, place)), Some((_, region))) = (own, key.owner()) {
        findings.push(
            Finding::new(Code::KeyInOtherRegion, at("export_key"), format!("the key is in `{region}`, the bucket in `{own}`"))
                .also(place.clone(), "the region")
                .help("use a key of the same region; Macie refuses others"),
        );
    }
}
