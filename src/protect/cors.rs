//! CORS: which web pages may use the bucket from a browser. It grants nothing that the policies do not.

use serde::{Deserialize, Serialize};

use super::{Draft, Meta};
use crate::names::{Invalid, inert, name};
use crate::plan::CorsRule;

/// What is known about this protection.
pub const META: Meta =
    Meta { id: "cors", title: "cross-origin requests", risk: "any web page can use a visitor's access to the bucket", statements: &[] };

name! {
    /// An origin of web pages: scheme and host, or `*`; one `*` within it stands for anything.
    CorsOrigin, format "cors-origin", example "https://app.example.com"
}

impl CorsOrigin {
    fn check(text: &str) -> Result<(), Invalid> {
        inert(text)?;
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let host =
            |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'*'));
        if (text == "*" || rest.is_some_and(host)) && text.matches('*').count() <= 1 {
            Ok(())
        } else {
            Err(Invalid::new(format!("`{text}` is not an origin"), "write an origin as `https://app.example.com`, without a path"))
        }
    }
}

name! {
    /// The name of an HTTP header; one `*` within it stands for anything.
    HeaderName, format "header-name", example "x-amz-meta-team"
}

impl HeaderName {
    fn check(text: &str) -> Result<(), Invalid> {
        let token = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'*');
        if !text.is_empty() && text.len() <= 256 && text.bytes().all(token) && text.matches('*').count() <= 1 {
            Ok(())
        } else {
            Err(Invalid::new(format!("`{text}` is not the name of a header"), "use letters, digits, hyphens and at most one `*`"))
        }
    }
}

/// A method that S3 knows in CORS rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the methods of HTTP")]
pub enum Method {
    Get,
    Put,
    Post,
    Delete,
    Head,
}

impl Method {
    /// The method as HTTP spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
        }
    }

    /// Whether it changes objects.
    pub const fn writes(self) -> bool {
        matches!(self, Self::Put | Self::Post | Self::Delete)
    }
}

/// What pages of some origins may do from a browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// The origins of the pages.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub origins: Vec<CorsOrigin>,
    /// The methods that they may use.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub methods: Vec<Method>,
    /// The headers that they may send.
    #[serde(default)]
    pub headers: Vec<HeaderName>,
    /// The headers of an answer that they may see.
    #[serde(default)]
    pub expose: Vec<HeaderName>,
    /// Seconds for which a browser may remember the answer to a preflight request.
    #[serde(default)]
    #[cfg_attr(test, schemars(range(max = 86_400)))]
    pub max_age: Option<u32>,
}

/// Puts the rules on the bucket.
pub fn lower(rules: &[Cors], draft: &mut Draft) {
    let texts = |names: &[HeaderName]| names.iter().map(ToString::to_string).collect();
    draft.bucket.cors.extend(rules.iter().map(|rule| CorsRule {
        origins: rule.origins.iter().map(ToString::to_string).collect(),
        methods: rule.methods.iter().map(|method| method.name()).collect(),
        headers: texts(&rule.headers),
        expose: texts(&rule.expose),
        max_age: rule.max_age,
    }));
}
