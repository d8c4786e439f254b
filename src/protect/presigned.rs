//! Presigned requests, URLs and forms: forbidden, or good for a short time and from some networks only.
//!
//! In: the `presigned_urls` of a profile. Out: Denies on what is signed beforehand, with a claim. Never: anything about
//! calls that are signed in a header, or not at all.
//!
//! Source: "Amazon S3 Signature Version 4 authentication specific policy keys", Amazon S3 API Reference.

use serde::{Deserialize, Serialize};

use super::networks::{CidrBlock, Networks, VpcEndpointId, VpcId};
use super::{Draft, Meta, Protection};
use crate::claim::{Duration, Guarantee};
use crate::path;
use crate::policy::{Base, Condition, Key, Statement};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "presigned-urls",
    title: "presigned URLs and forms",
    risk: "a link that is passed on reads or writes for up to seven days, from anywhere, in the name of whoever made it",
    statements: &[
        (
            "DenyPresigned",
            "Denies every S3 action whose signature stands in the URL or in a form that a browser sends by POST. Calls that are signed in a header, as by \
             SDKs and the command line, are not touched, nor are services and callers without credentials. The console's download button works with \
             presigned URLs and stops working. Change it with `presigned_urls.allow`.",
        ),
        (
            "DenyOldPresigned",
            "Denies presigned URLs and forms that were signed longer ago than `presigned_urls.max_age` says, however long they were made to last; the key \
             counts milliseconds. The console's own URLs last five minutes; below two minutes, clocks that differ cause failures (\"How controls for \
             presigned URLs affect AWS services\", AWS Prescriptive Guidance).",
        ),
        (
            "DenyPresignedVersion2",
            "Denies presigned URLs and forms with signature version 2, whose age S3 takes for 0, so that DenyOldPresigned would let them through for ever. \
             Goes with `presigned_urls.max_age`.",
        ),
        (
            "DenyPresignedElsewhere",
            "Denies presigned URLs and forms from any network but those of `presigned_urls`. It stands apart from DenyOldPresigned because conditions of \
             one statement are ANDed: together they would let old ones through from the networks, and young ones from anywhere.",
        ),
    ],
};

/// Presigned URLs, and forms that browsers send by POST.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PresignedUrls {
    /// Whether there can be any.
    #[serde(default = "on")]
    pub allow: bool,
    /// For how long after it was signed one is good, whatever it says itself. Seven days at most.
    #[serde(default)]
    pub max_age: Option<Duration>,
    /// Blocks of addresses from which one is good; an alternative to the other networks.
    #[serde(default)]
    pub cidrs: Vec<CidrBlock>,
    /// VPCs from which one is good; an alternative to the other networks.
    #[serde(default)]
    pub vpcs: Vec<VpcId>,
    /// VPC endpoints through which one is good; an alternative to the other networks.
    #[serde(default)]
    pub vpc_endpoints: Vec<VpcEndpointId>,
}

const fn on() -> bool {
    true
}

impl Default for PresignedUrls {
    fn default() -> Self {
        Self { allow: true, max_age: None, cidrs: Vec::new(), vpcs: Vec::new(), vpc_endpoints: Vec::new() }
    }
}

impl PresignedUrls {
    /// The networks, which are alternatives.
    pub fn networks(&self) -> Networks {
        Networks { cidrs: self.cidrs.clone(), vpcs: self.vpcs.clone(), vpc_endpoints: self.vpc_endpoints.clone() }
    }
}

/// A Deny on whatever is signed beforehand. A positive operator: services and anonymous calls have no such key.
fn deny(draft: &Draft, sid: &'static str) -> Statement {
    draft.deny_all(sid).when(Condition::new(Base::StringEquals, Key::AuthType, ["REST-QUERY-STRING", "POST"]))
}

impl Protection for PresignedUrls {
    const META: Meta = META;

    fn lower(&self, draft: &mut Draft) {
        let networks = self.networks();
        if !self.allow {
            let origin = draft.origin(&META, path!["presigned_urls", "allow"], "nothing is signed beforehand");
            draft.statements.push(deny(draft, "DenyPresigned").because(origin.clone()));
            draft.claim(origin, Guarantee::PresignedBounded { forbidden: true, max_age_seconds: None, networks: Vec::new() });
            return;
        }
        if let Some(age) = &self.max_age {
            let because = |reason: String| draft.origin(&META, path!["presigned_urls", "max_age"], reason);
            let milliseconds = age.seconds().saturating_mul(1_000).to_string();
            let old = deny(draft, "DenyOldPresigned")
                .when(Condition::one(Base::NumericGreaterThan, Key::SignatureAge, milliseconds))
                .because(because(format!("presigned requests are good for {age}")));
            let version = deny(draft, "DenyPresignedVersion2")
                .when(Condition::one(Base::StringEquals, Key::SignatureVersion, "AWS"))
                .because(because("signature version 2 has no age".to_owned()));
            draft.statements.extend([old, version]);
        }
        if !networks.is_empty() {
            let origin = draft.origin(&META, path!["presigned_urls"], "presigned requests come from listed networks");
            let elsewhere = networks.none_of().into_iter().fold(deny(draft, "DenyPresignedElsewhere"), Statement::when);
            draft.statements.push(elsewhere.because(origin));
        }
        if self.max_age.is_some() || !networks.is_empty() {
            let origin = draft.origin(&META, path!["presigned_urls"], "presigned requests are bounded");
            let seconds = self.max_age.as_ref().map(Duration::seconds);
            let networks = networks.any_of().into_iter().map(|(_, condition)| condition).collect();
            draft.claim(origin, Guarantee::PresignedBounded { forbidden: false, max_age_seconds: seconds, networks });
        }
    }
}
