//! Buckets that can be reached from everywhere where they should not be, and networks that are about nothing.

use super::Subject;
use crate::diag::{Code, Finding};
use crate::path;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.profile.network.as_ref();
    let limited = network.is_some_and(|network| !network.allow.is_empty());
    let preset = subject.profile.preset;
    if !limited && preset.asks_for(Code::NoNetworkLimits) {
        let message = format!("under `{}` requests come from known networks, and none is listed", preset.name());
        findings.push(
            Finding::new(Code::NoNetworkLimits, path!["preset"], message)
                .help("list networks in `network.allow`, or add to `waivers`: `{finding: no-network-limits, reason: …, until: YYYY-MM-DD}`"),
        );
    }
    let Some(network) = network else { return };
    let listed = limited || !network.deny.is_empty();
    if !listed && network.break_glass.is_empty() && network.deployer.is_empty() {
        findings.push(
            Finding::new(Code::SettingIgnored, path!["network"], "`network` lists no networks, and has no effect")
                .help("list networks in `allow` or `deny`, or remove it"),
        );
        return;
    }
    for (key, needed, has) in [("except", "allowed", limited), ("applies_to", "allowed or denied", listed)] {
        let path = path!["network", key];
        if !has && subject.is_written(&path) {
            let message = format!("`{key}` has no effect where no network is {needed}");
            findings.push(Finding::new(Code::SettingIgnored, path, message).help("list networks, or remove it"));
        }
    }
}
