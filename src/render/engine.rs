//! The template engine: one per target, with escaping always on.
//!
//! In: embedded templates and views. Out: text in which every value is a whole literal of the target. The type of a
//! value decides its spelling: text goes through the target's escape function, everything else is spelled in Rust
//! and marked as safe here and nowhere else. Templates cannot switch that off.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use tera::{Context, Kwargs, State, Tera, Value};

use super::RenderError;
use crate::expr::{Expr, Literal};
use crate::plan::View;
use crate::policy::Document;

/// How a target writes values of a plan.
pub(super) trait Spell<'p> {
    /// Text with references in it, as one literal.
    fn expr(&mut self, expr: &Expr) -> String;
    /// A tree, as one literal.
    fn literal(&mut self, literal: &Literal<'_>) -> String;
    /// A policy, as one literal.
    fn document(&mut self, document: &'p Document) -> String;
}

/// A template by its name.
type Template = (&'static str, &'static str);

macro_rules! templates {
    ($target:literal: $($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../templates/", $target, "/", $name)))),*]
    };
}

pub(super) const CLOUDFORMATION: &[Template] = templates!("cloudformation":
    "access_point.json" "alarm.json" "alias.json" "allow_list.json" "analyzer.json" "automation.json" "bucket.json" "bucket_policy.json"
    "config_rule.json" "custom_identifier.json" "delivery_channel.json" "detector.json" "event_rule.json" "key.json"
    "lambda_permission.json" "log_group.json" "macie_session.json" "malware_scan.json" "managed_policy.json" "metric_filter.json" "recorder.json" "remediation.json"
    "role.json" "subscription.json" "topic.json" "topic_policy.json" "trail.json");
pub(super) const TERRAFORM: &[Template] = templates!("terraform":
    "access_point.tf" "account_block.tf" "alarm.tf" "alias.tf" "analyzer.tf" "automation.tf" "bucket.tf" "bucket_policy.tf"
    "classification_job.tf" "config_rule.tf" "custom_identifier.tf" "data.tf" "delivery_channel.tf" "detector.tf" "event_rule.tf" "import.tf" "key.tf" "lambda_permission.tf" "log_group.tf"
    "macie_session.tf" "malware_scan.tf" "managed_policy.tf" "metric_filter.tf" "output.tf" "recorder.tf" "remediation.tf" "results_export.tf" "role.tf"
    "subscription.tf" "topic.tf" "topic_policy.tf" "trail.tf" "variable.tf" "versions.tf");

/// A target's templates, parsed once a process and only when the target is asked for.
pub(super) struct Engine {
    tera: OnceLock<Result<Tera, RenderError>>,
    templates: &'static [Template],
    /// Templates that take the place of those of their names.
    own: Vec<(String, String)>,
    escape: tera::EscapeFn,
}

/// The built-in templates of a target.
pub(super) fn built_in(target: &str) -> &'static [Template] {
    if target == "terraform" { TERRAFORM } else { CLOUDFORMATION }
}

impl Engine {
    pub(super) const fn new(templates: &'static [Template], own: Vec<(String, String)>, escape: tera::EscapeFn) -> Self {
        Self { tera: OnceLock::new(), templates, own, escape }
    }

    /// Whether all templates are the built-in ones.
    pub(super) const fn is_built_in(&self) -> bool {
        self.own.is_empty()
    }

    /// The templates, parsed.
    pub(super) fn tera(&self) -> Result<&Tera, RenderError> {
        let build = || {
            let mut tera = Tera::new();
            tera.set_escape_fn(self.escape);
            // Every name ends in the empty suffix, so there is no name that is not escaped.
            tera.autoescape_on([""]);
            tera.register_filter("safe", |_: Value, _: Kwargs, _: &State<'_>| -> tera::TeraResult<Value> {
                Err(tera::Error::message("the filter `safe` is refused: the type of a value decides its spelling"))
            });
            let own = |name: &str| self.own.iter().find(|(own, _)| own == name).map(|(_, text)| text.as_str());
            let all = self.templates.iter().map(|(name, text)| (*name, own(name).unwrap_or(text)));
            tera.add_raw_templates(all).map_err(|error| RenderError::new("a template", error))?;
            Ok(tera)
        };
        self.tera.get_or_init(build).as_ref().map_err(Clone::clone)
    }

    /// Fills in a template.
    pub(super) fn render(&self, name: &str, context: &Context) -> Result<String, RenderError> {
        self.tera()?.render(name, context).map_err(|error| RenderError::new(name, error))
    }
}

/// A literal of the target, quotes included, that is printed as it is.
pub(super) fn spelled(text: &str) -> Value {
    Value::safe_string(text)
}

/// The value that a template sees for a part of a view.
pub(super) fn value<'p>(view: &View<'p>, spell: &mut impl Spell<'p>) -> Value {
    match view {
        View::Bool(switch) => Value::from(*switch),
        View::Int(number) => Value::from(*number),
        View::Word(text) => Value::from(text.as_ref()),
        View::Text(expr) => match expr.as_text() {
            Some(text) => Value::from(text),
            None => spelled(&spell.expr(expr)),
        },
        View::Literal(literal) => spelled(&spell.literal(literal)),
        View::Document(document) => spelled(&spell.document(document)),
        View::List(items) => Value::from(items.iter().map(|item| value(item, spell)).collect::<Vec<_>>()),
        View::Map(parts) => map(parts, spell).into(),
    }
}

/// Values by name. Templates only ever ask for a name, and Tera hashes what it takes over anyway.
pub(super) type Values = BTreeMap<&'static str, Value>;

/// The values that a template sees for the parts of a view.
pub(super) fn map<'p>(parts: &[(&'static str, View<'p>)], spell: &mut impl Spell<'p>) -> Values {
    parts.iter().map(|(name, part)| (*name, value(part, spell))).collect()
}

/// A context with a single name in it.
pub(super) fn context(name: &'static str, values: Values) -> Context {
    let mut context = Context::new();
    context.insert_value(name, values.into());
    context
}
