//! Access logs that are off, that would log themselves, or whose target is out of sight.

use super::{Subject, turned_off};
use crate::diag::{Code, Finding};
use crate::path;
use crate::profile::Preset;
use crate::protect::access_logs::Target;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let at = path!["logging", "server_access", "to"];
    let logs = &subject.profile.logging.server_access;
    match logs.to.target() {
        Target::Create => {}
        // A bucket that receives the logs of others would log its own deliveries.
        Target::None if subject.profile.preset == Preset::LogArchive => {}
        Target::None => findings.push(turned_off(Code::AccessLogsOff, at, "no server access logs are kept".into())),
        Target::Given(name) if subject.profile.bucket.is_called(&name) => findings.push(
            Finding::new(Code::LogsToSelf, at, format!("`{name}` would log to itself"))
                .also(path!["bucket", "name"], "the same bucket")
                .help("use `create` for a companion bucket, or name another bucket"),
        ),
        Target::Given(name) => {
            let message = format!("the policy of `{name}` must let S3 deliver logs, and is not part of this profile");
            findings.push(Finding::new(Code::LogTargetElsewhere, at, message).help("follow the step in the runbook, or use `create`"));
            let retain = path!["logging", "server_access", "retain_days"];
            if subject.is_written(&retain) {
                let message = format!("`retain_days` has no effect on `{name}`, which is not part of this profile");
                findings.push(Finding::new(Code::SettingIgnored, retain, message).help("remove it, and set a lifecycle where that bucket is defined"));
            }
        }
    }
}
