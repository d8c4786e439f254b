//! s3harden: security profiles of S3 buckets, validated, lowered to a plan, and rendered.

pub mod check;
pub mod claim;
pub mod cli;
pub mod diag;
pub mod expr;
pub mod lower;
pub mod names;
pub mod pipeline;
pub mod plan;
pub mod policy;
pub mod profile;
pub mod protect;
pub mod render;
pub mod report;
pub mod source;
pub mod trials;
pub mod verify;
pub mod waivers;
