//! KMS keys and their names.

use super::Tags;
use crate::expr::Expr;
use crate::policy::Document;

/// A symmetric KMS key for encryption.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// What it is for.
    pub description: String,
    /// Who may use and administer it.
    pub policy: Document,
    /// Its tags.
    pub tags: Tags,
}

impl Key {
    /// Days between a request to delete a key and its end; the longest that KMS offers.
    pub const DELETION_WINDOW_DAYS: i64 = 30;
}

/// A name for a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Alias {
    /// `alias/…`
    pub name: String,
    /// The id of the key.
    pub key: Expr,
}
