//! The integration tests: one binary, one module per concern.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says on standard error what it skips"
)]

mod acceptance;
mod acceptance_browser;
mod access;
mod accounts;
mod alerts;
mod broken;
mod cli;
mod compose;
mod controls;
mod costs;
mod diff;
mod differential;
mod docs;
mod fidelity;
mod findings;
mod fleet;
mod fuzz;
mod generated;
mod holes;
mod hostile;
mod house;
mod import;
mod import_accounts;
mod import_perimeter;
mod memo;
mod mutation;
mod naive;
mod networks;
mod output;
mod perimeter;
mod pipelines;
mod policies;
mod profiles;
mod prove;
mod provider6;
mod random;
mod reach;
mod readback;
mod render;
mod report;
mod review;
mod second;
mod singletons;
mod support;
mod systems;
mod templates;
mod terminal;
mod waivers;
mod watch;
