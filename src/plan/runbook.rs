//! Steps that no template can do: what, why, the exact command, and how to see that it worked.

use std::borrow::Cow;

use crate::diag::Path;

/// When a step is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// Before the deployment, which fails without it.
    Before,
    /// After it.
    After,
}

/// One manual step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done, as an order.
    pub title: String,
    /// Why no template does it.
    pub why: String,
    /// When it is due.
    pub when: When,
    /// Commands for a POSIX shell, one a line.
    pub commands: Vec<String>,
    /// Commands that show that it worked, and what they must print.
    pub verify: Vec<String>,
    /// What the verification must show.
    pub expect: String,
    /// What in the profile asks for it.
    pub path: Path,
}

/// A text as one word of a POSIX shell: in quotes where it needs them.
pub fn shell_word(text: &str) -> Cow<'_, str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:@=+,".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) { Cow::Borrowed(text) } else { Cow::Owned(format!("'{}'", text.replace('\'', "'\\''"))) }
}
