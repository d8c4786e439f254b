//! Encryption in transit: no request over plain HTTP, and none over TLS older than asked, to the bucket or to any object.

use serde::{Deserialize, Serialize};

use super::{Draft, Meta, Protection};
use crate::claim::Guarantee;
use crate::path;
use crate::plan::{Scanner, Suppression};
use crate::policy::{Base, Condition, Key};

/// What is known about this protection.
pub const META: Meta = Meta {
    id: "transport",
    title: "encryption in transit",
    risk: "objects and signatures can be read or replayed by whoever is on the path",
    statements: &[
        (
            "DenyPlainHttp",
            "Denies every S3 action on the bucket and its objects when the request did not use TLS. The condition is a plain `Bool`: AWS services' own \
             calls lack the key, and `BoolIfExists` would stop log delivery. AWS Config's rule s3-bucket-ssl-requests-only looks for exactly this \
             statement. Change it with `transport.https_only` and a waiver for `plain-http-allowed`.",
        ),
        (
            "DenyOutdatedTls",
            "Denies every S3 action over a TLS version below `transport.minimum_tls`. It stands apart from DenyPlainHttp because keys within one \
             statement are ANDed: together they would deny almost nothing. On plain HTTP the key is absent, so both are needed.",
        ),
    ],
};

/// The oldest TLS version that is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
pub enum TlsVersion {
    /// TLS 1.2, the oldest that S3's endpoints speak.
    #[serde(rename = "1.2")]
    V1_2,
    /// TLS 1.3.
    #[serde(rename = "1.3")]
    V1_3,
}

impl TlsVersion {
    /// The number as `s3:TlsVersion` has it.
    pub const fn number(self) -> &'static str {
        match self {
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
        }
    }
}

/// Encryption in transit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Transport {
    /// Whether requests over plain HTTP are denied. Turning it off needs a waiver for `plain-http-allowed`.
    pub https_only: bool,
    /// The oldest TLS version that is let in. Quote it: without quotes it is a number.
    pub minimum_tls: TlsVersion,
}

impl Protection for Transport {
    const META: Meta = META;

    fn lower(&self, draft: &mut Draft) {
        if self.https_only {
            let origin = draft.origin(&META, path!["transport", "https_only"], "requests over plain HTTP are refused");
            let statement = draft.deny_all("DenyPlainHttp").when(Condition::one(Base::Bool, Key::SecureTransport, "false"));
            draft.statements.push(statement.because(origin));
            draft.policy_suppressions.extend(Suppression::all(
                "the rule compares with a boolean, IAM stores the string that stands here",
                &[(Scanner::CfnGuard, "S3_BUCKET_SSL_REQUESTS_ONLY")],
            ));
        }
        let minimum = self.minimum_tls.number();
        let origin = draft.origin(&META, path!["transport", "minimum_tls"], format!("TLS older than {minimum} is refused"));
        let statement = draft.deny_all("DenyOutdatedTls").when(Condition::one(Base::NumericLessThan, Key::TlsVersion, minimum));
        draft.statements.push(statement.because(origin.clone()));
        let guarantee = if self.https_only { Guarantee::TlsOnly { minimum: Some(minimum) } } else { Guarantee::TlsVersion { minimum } };
        draft.claim(origin, guarantee);
    }
}
