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
    let (part, message, help) = misfit(request)?;
    let place = part.split('/').filter(|step| !step.is_empty()).fold(place, |place: Path, step| place.then(step));
    Some(Finding::new(Code::AccessTestUnfit, place, message).help(help))
}

/// The part of the request, what does not fit about it, and the remedy.
pub type Misfit = Option<(&'static str, String, &'static str)>;

/// What about a request does not fit, if anything.
pub fn misfit(request: &AccessRequest) -> Misfit {
    caller(request).or_else(|| way(request)).or_else(|| action(request))
}

fn caller(request: &AccessRequest) -> Misfit {
    let name = request.caller.as_str();
    let user = name.starts_with("user/") || name.contains(":user/");
    (!request.groups.is_empty() && !user)
        .then(|| ("groups", format!("`{name}` is no user, and only users are in groups"), "leave `groups` out, or write `as: user/NAME`"))
}

fn way(request: &AccessRequest) -> Misfit {
    if request.access_point.is_some() && request.bucket != Which::Main {
        let about = called(request.bucket);
        let message = format!("the access points of a profile lead to its own bucket, and the request is about the {about}");
        return Some(("access_point", message, "leave `bucket` or `access_point` out"));
    }
    let from = request.from.as_ref()?;
    if from.vpc.is_some() && from.vpc_endpoint.is_none() {
        let message = "a request from a VPC carries it only when it comes through a VPC endpoint";
        return Some(("from/vpc", message.to_owned(), "add `vpc_endpoint`; without one the request comes over the internet: say its `ip`"));
    }
    if from.on_behalf.is_some() && from.vpc_endpoint.is_some() {
        let message = "what a service does for a caller does not come through the endpoint of the caller";
        return Some(("from/on_behalf", message.to_owned(), "leave `vpc_endpoint` or `on_behalf` out"));
    }
    None
}

fn action(request: &AccessRequest) -> Misfit {
    let name = request.action.as_str();
    let kinds = Action::parse(name)?.kinds();
    if kinds.object() && !kinds.bucket() && request.key.is_none() {
        return Some(("", format!("`{name}` is about an object, and the request names no key"), "add `key`"));
    }
    if !kinds.object() && request.key.is_some() {
        let message = format!("`{name}` is not about an object, and the request names a key");
        return Some(("", message, "leave `key` out; for a list, say `list_prefix`"));
    }
    let form = request.post && name != "s3:PutObject";
    form.then(|| ("post", format!("a form that is sent by POST uploads an object, it does not do `{name}`"), "leave `post` out"))
}
