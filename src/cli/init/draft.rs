//! A profile to begin with, as text: what was asked for, and comments that say what else there is.
//!
//! In: answers that are right each by itself. Out: YAML that `check` has nothing against, with its schema in the first line.

use std::fmt::Write as _;

use super::Network;
use super::party::{Party, quoted};
use crate::names::{AccountId, BucketName, Date, ProfileName, Region, Sentence, TagValue};
use crate::profile::Preset;
use crate::protect::principal::RoleName;

/// Networks, by what they are.
#[derive(Debug, Default)]
pub(super) struct Networks {
    cidrs: Vec<String>,
    vpcs: Vec<String>,
    endpoints: Vec<String>,
}

impl Networks {
    pub(super) fn of(all: &[Network]) -> Self {
        let mut networks = Self::default();
        networks.extend(all);
        networks
    }

    pub(super) fn extend(&mut self, all: &[Network]) {
        for one in all {
            match one {
                Network::Cidr(cidr) => self.cidrs.push(cidr.to_string()),
                Network::Vpc(vpc) => self.vpcs.push(vpc.to_string()),
                Network::Endpoint(endpoint) => self.endpoints.push(endpoint.to_string()),
            }
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.cidrs.is_empty() && self.vpcs.is_empty() && self.endpoints.is_empty()
    }

    fn written(&self) -> String {
        let list = |key: &str, all: &[String]| {
            let items: Vec<String> = all.iter().map(|one| quoted(one)).collect();
            (!all.is_empty()).then(|| format!("{key}: [{}]", items.join(", ")))
        };
        let parts = [list("cidrs", &self.cidrs), list("vpcs", &self.vpcs), list("vpc_endpoints", &self.endpoints)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// What is to be written.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) is_account: bool,
    pub(super) name: ProfileName,
    pub(super) preset: Preset,
    pub(super) bucket: Option<BucketName>,
    pub(super) account: Option<AccountId>,
    pub(super) region: Option<Region>,
    pub(super) owner: Option<TagValue>,
    pub(super) networks: Networks,
    pub(super) break_glass: Option<RoleName>,
    pub(super) readers: Vec<Party>,
    pub(super) writers: Vec<Party>,
    pub(super) reason: Option<Sentence>,
    pub(super) until: Date,
}

/// Whether the preset takes it for an error that requests come from anywhere.
pub(super) const fn needs_networks(preset: Preset) -> bool {
    matches!(preset, Preset::Sensitive | Preset::Regulated)
}

impl Draft {
    pub(super) fn new(name: ProfileName, preset: Preset, until: Date) -> Self {
        Self {
            is_account: false,
            name,
            preset,
            bucket: None,
            account: None,
            region: None,
            owner: None,
            networks: Networks::default(),
            break_glass: None,
            readers: Vec::new(),
            writers: Vec::new(),
            reason: None,
            until,
        }
    }

    /// The profile.
    pub(super) fn text(&self) -> String {
        if self.is_account { self.of_account() } else { self.of_bucket() }
    }

    fn head(&self, kind: &str) -> String {
        let flag = if kind == "account" { " --kind account" } else { "" };
        let schema = if kind == "account" { "account" } else { "profile" };
        let owner = match &self.owner {
            Some(owner) => format!("owner: {}\n", quoted(owner.as_str())),
            None => "# owner: data-platform\n".to_owned(),
        };
        format!(
            "# yaml-language-server: $schema={schema}.schema.json\n\
             # For completion in an editor: `s3harden schema{flag} > {schema}.schema.json`.\n\
             # What is not written here is a default: `s3harden explain defaults` says what and why, `s3harden show` what takes effect.\n\
             version: 1\n{}name: {}\n{owner}",
            if kind == "account" { "kind: account\n" } else { "" },
            self.name
        )
    }

    fn of_account(&self) -> String {
        let mut text = self.head("account");
        let all = [("account", self.account.as_ref().map(AccountId::as_str)), ("region", self.region.as_ref().map(Region::as_str))];
        for (key, value) in all {
            let _ = writeln!(text, "{key}: {}", quoted(value.unwrap_or_default()));
        }
        text.push_str(
            "\n# For buckets too that somebody makes by hand.\npublic_access: { block: all }\n\n\
             # A trail that records every bucket of the account; data events are billed.\nlogging:\n  cloudtrail: { trail: create, events: write, log_group: true }\n\n\
             # What exists once in an account and region, so that profiles of buckets can say `existing`. Billed by use.\n\
             # monitoring: { config: { recorder: create }, access_analyzer: { analyzer: create, kinds: [external] }, guardduty: { detector: create } }\n",
        );
        text
    }

    fn of_bucket(&self) -> String {
        let mut text = self.head("bucket");
        let _ = writeln!(text, "preset: {}   # {}", self.preset.name(), about(self.preset));
        text.push_str("\nbucket:\n");
        let _ = writeln!(text, "  name: {}", quoted(self.bucket.as_ref().map_or("", BucketName::as_str)));
        for (key, value, why) in [
            ("account", self.account.as_ref().map(AccountId::as_str), "without it: whichever is deployed to"),
            ("region", self.region.as_ref().map(Region::as_str), "without it: whichever is deployed to"),
        ] {
            let example = if key == "account" { "\"111122223333\"" } else { "eu-west-1" };
            let _ = match value {
                Some(value) => writeln!(text, "  {key}: {}", quoted(value)),
                None => writeln!(text, "  # {key}: {example}   # {why}"),
            };
        }
        text.push_str("  # tags: { classification: internal }\n\n");
        self.network(&mut text);
        self.grants(&mut text);
        self.recording(&mut text);
        self.more(&mut text);
        self.tests(&mut text);
        text
    }

    fn network(&self, text: &mut String) {
        if self.networks.is_empty() {
            if self.preset != Preset::PublicRead {
                text.push_str(
                    "# Requests for data come from these networks, or are refused whatever else allows them.\n\
                     # network: { allow: { cidrs: [203.0.113.0/24, \"2001:db8:1234::/48\"] }, break_glass: [{ role: BreakGlass }] }\n\n",
                );
            }
            return;
        }
        text.push_str("# Requests for data come from these networks, or are refused whatever else allows them.\nnetwork:\n");
        let _ = writeln!(text, "  allow: {{ {} }}", self.networks.written());
        let _ = match &self.break_glass {
            Some(role) => writeln!(
                text,
                "  break_glass: [{{ role: {} }}]   # repairs the policy from anywhere, and reads nothing",
                quoted(role.as_str())
            ),
            None => writeln!(text, "  # break_glass: [{{ role: BreakGlass }}]   # repairs the policy from anywhere, and reads nothing"),
        };
        text.push('\n');
    }

    fn grants(&self, text: &mut String) {
        text.push_str("# Who may do what, beside whom the policies of the account let already.\n");
        let list = |parties: &[Party]| parties.iter().map(Party::written).collect::<Vec<_>>().join(", ");
        let public = self.preset == Preset::PublicRead;
        if self.readers.is_empty() && self.writers.is_empty() && !public {
            text.push_str("# grants: [{ name: analysts-read, to: [{ role: Analyst }], can: [read, list], prefixes: [exports/] }]\n\n");
            return;
        }
        text.push_str("grants:\n");
        if public {
            text.push_str("  - { name: everybody-reads, to: [everyone], can: [read] }\n");
        }
        for (name, can, parties) in [("readers", "read, list", &self.readers), ("writers", "write", &self.writers)] {
            if !parties.is_empty() {
                let _ = writeln!(text, "  - {{ name: {name}, to: [{}], can: [{can}] }}", list(parties));
            }
        }
        text.push('\n');
        if let Some(reason) = self.reason.as_ref().filter(|_| public) {
            text.push_str("# What is loosened, why, and until when; afterwards it is an error again.\nwaivers:\n");
            let _ = writeln!(
                text,
                "  - {{ finding: public-access-not-blocked, reason: {}, until: {} }}\n",
                quoted(reason.as_str()),
                self.until
            );
        }
    }

    fn recording(&self, text: &mut String) {
        match self.preset {
            Preset::Regulated => text.push_str(
                "# Writes are recorded in a trail, and changes of settings are told to a topic.\n\
                 logging:\n  cloudtrail: { management: true, log_group: true }\nmonitoring:\n  alerts:\n    to: [{ sns: create }]\n    \
                 on: [policy-change, public-access-change, encryption-change, logging-change, access-denied-burst]\n\n",
            ),
            Preset::LogArchive => text.push_str(
                "# A bucket that logs for others has to name them; a profile of the account does, under `logging.archive`.\n\
                 # waivers: [{ finding: archive-without-sources, reason: the platform team adds each source, until: 2099-12-31 }]\n\n",
            ),
            _ => {}
        }
    }

    fn more(&self, text: &mut String) {
        text.push_str("# What else there is, for example:\n# transport: { minimum_tls: \"1.3\" }\n# presigned_urls: { max_age: 15m }\n");
        if matches!(self.preset, Preset::Baseline) {
            text.push_str("# encryption: { algorithm: sse-kms, key: create, uploads: pinned }\n");
        }
        text.push_str("# mfa: { for: { delete: { within: 1h } } }\n# controls: [fsbp]\n\n");
    }

    fn tests(&self, text: &mut String) {
        text.push_str(
            "# Requests, and what must become of them: decided over what is rendered, whenever the profile is checked.\ntests:\n",
        );
        let mut test = |name: &str, request: &str, expect: &str| {
            let _ = writeln!(text, "  - name: {name}\n    request: {{ {request} }}\n    expect: {expect}");
        };
        if self.preset == Preset::PublicRead {
            test("everybody reads", "as: anonymous, do: s3:GetObject, key: a.txt", "allow");
            test("nobody writes without credentials", "as: anonymous, do: s3:PutObject, key: a.txt", "deny");
        } else {
            test("strangers are not let in", "as: anonymous, do: s3:GetObject, key: a.txt", "deny");
        }
        test(
            "nothing travels over plain HTTP",
            "as: role/Anybody, do: s3:GetObject, key: a.txt, http: true, identity_allows: true",
            "{ deny: DenyPlainHttp }",
        );
    }
}

const fn about(preset: Preset) -> &'static str {
    match preset {
        Preset::Baseline => "hardened, with keys of S3's own",
        Preset::Sensitive => "a KMS key of its own, old versions for a year, known networks only",
        Preset::Regulated => "as sensitive, with Object Lock and a trail, and nobody deletes versions",
        Preset::PublicRead => "everybody may read, by a policy and not by ACLs",
        Preset::LogArchive => "nobody deletes versions, and it never logs itself",
    }
}
