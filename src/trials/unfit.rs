//! Requests that cannot be what their author means.
//!
//! In: the request of an access test, or of `why`. Out: the first thing that does not fit. Never: a decision.

use super::called;
use crate::claim::{AccessRequest, Which};
use crate::diag::{Code, Finding, Path};
use crate::path;
use crate::policy::Action;

/// What about the request of the test at that place does not fit, if anything.
pub(super) fn check(at: usize, request: &AccessRequest) -> Option<Finding> {
    let place = path!["tests", at, "request"];
    let unfit = misfit(request)?;
    let place = unfit.part.split('/').filter(|step| !step.is_empty()).fold(place, |place: Path, step| place.then(step));
    Some(Finding::new(Code::AccessTestUnfit, place, unfit.message).help(unfit.help))
}

/// What about a request does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The part of the request.
    part: &'static str,
    /// What is wrong.
    pub message: String,
    /// The remedy, in the keys of an access test.
    pub help: &'static str,
    /// The remedy, in the options of `why`.
    pub options: &'static str,
}

impl Misfit {
    /// One of a part for which `why` has no option.
    fn new(part: &'static str, message: impl Into<String>, help: &'static str) -> Self {
        Self { part, message: message.into(), help, options: help }
    }

    fn options(self, options: &'static str) -> Self {
        Self { options, ..self }
    }
}

/// What about a request does not fit, if anything.
pub fn misfit(request: &AccessRequest) -> Option<Misfit> {
    caller(request).or_else(|| way(request)).or_else(|| action(request))
}

fn caller(request: &AccessRequest) -> Option<Misfit> {
    let name = request.caller.as_str();
    let user = name.starts_with("user/") || name.contains(":user/");
    (!request.groups.is_empty() && !user).then(|| {
        let message = format!("`{name}` is no user, and only users are in groups");
        Misfit::new("groups", message, "leave `groups` out, or write `as: user/NAME`")
            .options("leave `--group` out, or say `--as user/NAME`")
    })
}

fn way(request: &AccessRequest) -> Option<Misfit> {
    if request.access_point.is_some() && request.bucket != Which::Main {
        let about = called(request.bucket);
        let message = format!("the access points of a profile lead to its own bucket, and the request is about the {about}");
        let misfit = Misfit::new("access_point", message, "leave `bucket` or `access_point` out");
        return Some(misfit.options("leave `--bucket` or `--access-point` out"));
    }
    let from = request.from.as_ref()?;
    if from.vpc.is_some() && from.vpc_endpoint.is_none() {
        let message = "a request from a VPC carries it only when it comes through a VPC endpoint";
        return Some(Misfit::new("from/vpc", message, "add `vpc_endpoint`; without one the request comes over the internet: say its `ip`"));
    }
    if from.on_behalf.is_some() && from.vpc_endpoint.is_some() {
        let message = "what a service does for a caller does not come through the endpoint of the caller";
        return Some(Misfit::new("from/on_behalf", message, "leave `vpc_endpoint` or `on_behalf` out"));
    }
    None
}

fn action(request: &AccessRequest) -> Option<Misfit> {
    let name = request.action.as_str();
    let kinds = Action::parse(name)?.kinds();
    if kinds.object() && !kinds.bucket() && request.key.is_none() {
        let message = format!("`{name}` is about an object, and the request names no key");
        return Some(Misfit::new("", message, "add `key`").options("add `--key`"));
    }
    if !kinds.object() && request.key.is_some() {
        let message = format!("`{name}` is not about an object, and the request names a key");
        let misfit = Misfit::new("", message, "leave `key` out; for a list, say `list_prefix`");
        return Some(misfit.options("leave `--key` out; an access test can list a prefix, and `--test` shows its way"));
    }
    let form = request.post && name != "s3:PutObject";
    form.then(|| {
        let message = format!("a form that is sent by POST uploads an object, it does not do `{name}`");
        Misfit::new("post", message, "leave `post` out")
    })
}
