//! The integration tests, in one binary.

mod access;
mod differential;
mod naive;
mod random;
