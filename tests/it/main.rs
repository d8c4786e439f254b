//! The one integration test binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says on standard error what it skips"
)]

mod fidelity;
mod hostile;
mod house;
mod profiles;
mod readback;
mod render;
mod support;
