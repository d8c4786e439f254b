//! s3harden: security profiles of S3 buckets, validated, lowered to a plan, and rendered.

pub mod diag;
pub mod expr;
pub mod names;
pub mod policy;
pub mod verify;
