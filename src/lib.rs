//! s3harden: security profiles of S3 buckets, validated, lowered to a plan, decided and rendered.
//!
//! The way of a profile, as `pipeline` walks it:
//!
//! ```text
//! source    text with positions        what is not YAML, or more than YAML should be, is a finding
//! profile   schema, presets, types     what is not in the language is a finding
//! check     across sections            what AWS would refuse, or what is loosened, is a finding
//! lower     plan: resources, policies  each protection adds settings, statements and claims
//! inspect   the finished policies       what AWS would refuse of them is a finding
//! trials    access tests               the evaluator in `verify` decides what the profile's author expects
//! proofs    every promise             the prover in `verify` looks at all requests; a counterexample is a finding
//! controls  what frameworks ask for     what the plan does not have is a finding
//! waivers   findings that are accepted for a reason and until a day
//! render    files of each target       policies are read back and compared with the plan's
//! report    findings, for people and machines
//! ```
//!
//! Beside that way: `foreign` reads templates that others wrote, `import` makes profiles of them, `compare` says what changes between two versions of a bucket,
//! `review` is the report of a profile for whoever has to sign it.
//!
//! `expr` and `diag` know nothing of each other or of anything else; `policy`, `claim` and `plan` are values; arrows go one way
//! (`tests/it/house.rs`).

pub mod check;
pub mod claim;
pub mod cli;
pub mod compare;
pub mod controls;
pub mod diag;
pub mod expr;
pub mod foreign;
pub mod import;
pub mod inspect;
pub mod lower;
pub mod names;
pub mod pipeline;
pub mod plan;
pub mod policy;
pub mod profile;
pub mod proofs;
pub mod protect;
pub mod render;
pub mod report;
pub mod review;
pub mod source;
pub mod trials;
pub mod verify;
pub mod waivers;
