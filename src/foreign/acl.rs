//! Canned ACLs of buckets, as the grants that they are.
//!
//! In: the word for one, in CloudFormation's or S3's spelling. Out: its grants beside the owner's, or nothing for a word
//! that is none. Never: the ACL of an object.
//!
//! Source: "Access control list (ACL) overview", section "Canned ACL", Amazon S3 User Guide.

use crate::verify::{Grantee, Permission};

/// The grants of a canned ACL.
pub(super) fn canned(word: &str) -> Option<Vec<(Grantee, Permission)>> {
    let plain: String = word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    Some(match plain.as_str() {
        // The last two are about the owner of an object, who is the bucket's here.
        "private" | "bucketownerread" | "bucketownerfullcontrol" => Vec::new(),
        "publicread" => vec![(Grantee::Everyone, Permission::Read)],
        "publicreadwrite" => vec![(Grantee::Everyone, Permission::Read), (Grantee::Everyone, Permission::Write)],
        "authenticatedread" => vec![(Grantee::Authenticated, Permission::Read)],
        "logdeliverywrite" => vec![(Grantee::LogDelivery, Permission::Write), (Grantee::LogDelivery, Permission::ReadAcp)],
        _ => return None,
    })
}
