//! What each guarantee promises, in words: the table behind the reference page and `s3harden explain`.

/// A guarantee in words.
#[derive(Clone, Copy, Debug)]
pub struct Promise {
    /// Its name, as [`super::Guarantee::name`] has it.
    pub name: &'static str,
    /// When it holds.
    pub holds: &'static str,
    /// The sections that promise it, in backticks.
    pub by: &'static str,
}

const fn promise(name: &'static str, holds: &'static str, by: &'static str) -> Promise {
    Promise { name, holds, by }
}

/// Every guarantee, in the order of [`super::Guarantee::NAMES`].
pub const PROMISES: &[Promise] = &[
    promise("tls-only", "every allowed request uses TLS, of at least the oldest version that is let in", "`transport`"),
    promise("no-public-access", "no anonymous request is allowed, and the policy is not public as S3 defines it", "`public_access`"),
    promise(
        "encrypted-as-declared",
        "every allowed write, replica and change of encryption names no encryption or the declared one, and no upload brings a key of its own",
        "`encryption`",
    ),
    promise(
        "only-principals",
        "every allowed request of the guarded actions comes from one of the principals",
        "`bucket.protect_versions`",
    ),
    promise(
        "only-listed-principals",
        "every allowed request comes from the account, from somebody listed, or from a service on its behalf",
        "`grants`",
    ),
    promise("access-point-only", "every allowed request for data comes through a declared access point", "`access_points.require`"),
    promise(
        "only-listed-networks",
        "every allowed request of the actions comes from a listed network, or through an access point from its addresses; exceptions are named",
        "`network`, `access_points`",
    ),
    promise("no-lockout", "each action of repair is allowed to those who have to repair, from wherever they are", "`network`, `denies`"),
    promise("mfa-enforced", "every allowed request of the actions comes within a time after MFA", "`mfa`"),
    promise("presigned-bounded", "every allowed presigned request is young enough and from one of the networks", "`presigned_urls`"),
    promise("denies-hold", "no request that is denied is allowed, but repairs by those who have to repair", "`denies`"),
    promise(
        "grants-work",
        "whatever is granted is allowed, directly, through its access point or by its IAM policy, unless something denies it",
        "`grants`, `access_points`",
    ),
    promise(
        "key-works",
        "the account can administer each created key, and whoever is granted objects can use the bucket's",
        "`encryption`, `logging`, `monitoring`",
    ),
    promise(
        "services-work",
        "services that have to reach the bucket are let in as they really call, and their roles, keys and topics allow what they do",
        "`logging`, `monitoring`, `bucket.replication`",
    ),
    promise("setting", "the bucket has this setting; no request is involved", "sections without a statement"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::Guarantee;

    #[test]
    fn every_guarantee_is_put_into_words() {
        assert!(PROMISES.iter().map(|promise| promise.name).eq(Guarantee::NAMES.iter().copied()));
    }
}
