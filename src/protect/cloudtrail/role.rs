//! The role by which CloudTrail writes to a log group.

use super::super::Draft;
use super::{CLOUDTRAIL, META, Naming};
use crate::expr::{Expr, LogicalId};
use crate::path;
use crate::plan::Role;
use crate::policy::{Document, Effect, Principal, Statement};

pub(super) const ID: LogicalId = LogicalId::fixed("TrailLogRole");

/// "Role policy document for CloudTrail to use CloudWatch Logs for monitoring" (AWS CloudTrail User Guide), which also says that
/// source conditions do not work here.
pub(super) fn make(naming: &Naming, main: &Draft) -> Role {
    let because = |reason: &'static str| main.origin(&META, path!["logging", "cloudtrail", "log_group"], reason);
    let trust = Statement::new(Effect::Allow, "AllowCloudTrailToSend")
        .to([Principal::Service(CLOUDTRAIL.into())])
        .actions(["sts:AssumeRole"])
        .because(because("CloudTrail takes the role on to send events"));
    // Every stream of a trail bears the account and the region that the trail is at home in.
    let streams: Expr = naming.group_arn.clone() + ":log-stream:" + main.account.clone() + "_CloudTrail_" + main.region.clone() + "*";
    let mut write = Statement::new(Effect::Allow, "WriteTrailEvents")
        .actions(["logs:CreateLogStream", "logs:PutLogEvents"])
        .on([streams])
        .because(because("writes the trail's own streams"));
    write.principal = None;
    Role {
        name: Role::name_for("cloudtrail", &main.bucket.name),
        description: format!("Sends events of the trail {} to CloudWatch Logs", naming.trail),
        trust: Document { statements: vec![trust], ..Document::default() },
        policy_name: "send-events",
        policy: Document { statements: vec![write], ..Document::default() },
        tags: main.bucket.tags.clone(),
    }
}
