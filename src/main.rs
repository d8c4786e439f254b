//! The command `s3harden`: arguments in, exit status out.
fn main() {}
