//! Rendered files as other programs read them: parsed by other people's readers, functions and references
//! resolved, so that the outputs of all targets and the plan itself can be compared as plain values.
//!
//! A reference becomes a text such as `«Bucket.Arn»` or `«Partition»`, whatever the target calls it.

use hcl::eval::{Context, Evaluate, FuncDef, ParamType};
use serde_json::{Map, Value, json};

use s3harden::expr::{Attribute, Expr, Literal, Part, Pseudo};
use s3harden::foreign::stand_in;
use s3harden::plan::{Kind, Plan};
use s3harden::render::{self, File, Provider, Target};

/// The account and region that modules are deployed to.
const OWN: &str = "111122223333";

fn mark(part: &Part) -> String {
    match part {
        Part::Text(text) => text.to_string(),
        Part::Pseudo(Pseudo::Partition) => "«Partition»".into(),
        Part::Pseudo(Pseudo::Region) => "«Region»".into(),
        Part::Pseudo(Pseudo::AccountId) => "«AccountId»".into(),
        Part::Pseudo(Pseudo::UrlSuffix) => "«UrlSuffix»".into(),
        Part::Parameter(id) => format!("«{id}»"),
        Part::Reference(id, Attribute::Id) => format!("«{id}.Id»"),
        Part::Reference(id, Attribute::Arn) => format!("«{id}.Arn»"),
        Part::Reference(id, Attribute::Alias) => format!("«{id}.Alias»"),
        Part::Reference(id, Attribute::Streams) => format!("«{id}.Streams»"),
    }
}

pub(crate) fn expr(expr: &Expr) -> String {
    expr.parts().iter().map(mark).collect()
}

/// A tree of the plan as a value.
pub(crate) fn literal(tree: &Literal<'_>) -> Value {
    match tree {
        Literal::Bool(switch) => (*switch).into(),
        Literal::Int(number) => (*number).into(),
        Literal::Word(text) => text.as_ref().into(),
        Literal::Text(text) => expr(text).into(),
        Literal::List(items) => items.iter().map(literal).collect(),
        Literal::Object { fields, .. } => Value::Object(fields.iter().map(|(key, value)| (key.to_string(), literal(value))).collect()),
    }
}

/// The template among the files of CloudFormation.
pub(crate) fn template(files: &[File]) -> &File {
    files.iter().find(|file| file.path.contains("/template.")).unwrap()
}

/// A CloudFormation template with its functions resolved.
pub(crate) fn cloudformation(file: &File, plan: &Plan) -> Value {
    let value: Value = match file.path.rsplit_once('.').unwrap().1 {
        "json" => serde_json::from_str(&file.text).unwrap_or_else(|error| panic!("{error}: {}", file.text)),
        "yaml" => serde_yaml::from_str(&file.text).unwrap_or_else(|error| panic!("{error}: {}", file.text)),
        other => panic!("{other} is no notation of CloudFormation"),
    };
    resolved(&value, plan)
}

/// What `Ref` gives.
fn referred(name: &str, plan: &Plan) -> String {
    match name {
        "AWS::Partition" => "«Partition»".into(),
        "AWS::Region" => "«Region»".into(),
        "AWS::AccountId" => "«AccountId»".into(),
        "AWS::URLSuffix" => "«UrlSuffix»".into(),
        _ if plan.parameters.iter().any(|parameter| parameter.name.as_str() == name) => format!("«{name}»"),
        _ => {
            assert!(plan.resources.iter().any(|resource| resource.id.as_str() == name), "there is no `{name}` to refer to");
            format!("«{name}.Id»")
        }
    }
}

fn resolved(value: &Value, plan: &Plan) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| resolved(item, plan)).collect(),
        Value::Object(object) => {
            // CloudFormation takes an object with such a key for a function, wherever it stands.
            match object.iter().find(|(key, _)| *key == "Ref" || key.starts_with("Fn::")) {
                Some((key, argument)) => {
                    assert_eq!(object.len(), 1, "a function beside other keys: {value}");
                    function(key, argument, plan).into()
                }
                None => Value::Object(object.iter().map(|(key, value)| (key.clone(), resolved(value, plan))).collect()),
            }
        }
        other => other.clone(),
    }
}

fn function(name: &str, argument: &Value, plan: &Plan) -> String {
    match (name, argument) {
        ("Ref", Value::String(id)) => referred(id, plan),
        ("Fn::GetAtt", Value::Array(parts)) if parts.len() == 2 && ["Arn", "Alias"].iter().any(|name| parts[1] == *name) => {
            let id = parts[0].as_str().unwrap();
            assert!(plan.resources.iter().any(|resource| resource.id.as_str() == id), "there is no `{id}`");
            format!("«{id}.{}»", parts[1].as_str().unwrap())
        }
        ("Fn::Join", Value::Array(parts)) if parts.len() == 2 && parts[0] == "" => {
            let pieces = parts[1].as_array().unwrap().iter();
            pieces.map(|piece| resolved(piece, plan).as_str().expect("text").to_owned()).collect()
        }
        ("Fn::Sub", Value::String(text)) => substituted(text, plan),
        _ => panic!("{name} of {argument}"),
    }
}

fn substituted(text: &str, plan: &Plan) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').unwrap_or_else(|| panic!("an open `${{` in Fn::Sub: {text}"));
        assert!(!name.contains("${"), "readers of Fn::Sub differ about a `${{` within another: {text}");
        out.push_str(before);
        match (name.strip_prefix('!'), name.strip_suffix(".Arn")) {
            (Some(literal), _) => out.push_str(&format!("${{{literal}}}")),
            (_, Some(id)) => out.push_str(&format!("«{id}.Arn»")),
            _ => out.push_str(&referred(name, plan)),
        }
        rest = after;
    }
    out + rest
}

/// `LogBucket` → `log_bucket`.
pub(crate) fn snake(id: &str) -> String {
    let mut name = String::new();
    for c in id.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

fn hcl_value(value: Value) -> hcl::Value {
    serde_json::from_value(value).unwrap()
}

/// The type of a resource, and what its id is called.
fn kind(kind: &Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Bucket(_) => ("aws_s3_bucket", "id"),
        Kind::BucketPolicy { .. } => ("aws_s3_bucket_policy", "id"),
        Kind::Key(_) => ("aws_kms_key", "key_id"),
        Kind::Alias(_) => ("aws_kms_alias", "id"),
        Kind::Role(_) => ("aws_iam_role", "id"),
        Kind::ManagedPolicy(_) => ("aws_iam_policy", "id"),
        Kind::AccessPoint(_) => ("aws_s3_access_point", "id"),
        Kind::ConfigRule(_) => ("aws_config_config_rule", "id"),
        Kind::Automation(_) => ("aws_ssm_document", "id"),
        Kind::Remediation(_) => ("aws_config_remediation_configuration", "id"),
        Kind::Analyzer(_) => ("aws_accessanalyzer_analyzer", "id"),
        Kind::Detector(_) => ("aws_guardduty_detector", "id"),
        Kind::MalwareScan(_) => ("aws_guardduty_malware_protection_plan", "id"),
        Kind::MacieSession(_) => ("aws_macie2_account", "id"),
        Kind::CustomIdentifier(_) => ("aws_macie2_custom_data_identifier", "id"),
        Kind::AllowList(_) => ("aws_macie2_allow_list", "id"),
        Kind::ClassificationJob(_) => ("aws_macie2_classification_job", "id"),
        Kind::ResultsExport(_) => ("aws_macie2_classification_export_configuration", "id"),
        Kind::AccountBlock(_) => ("aws_s3_account_public_access_block", "id"),
        Kind::Recorder(_) => ("aws_config_configuration_recorder", "id"),
        Kind::DeliveryChannel(_) => ("aws_config_configuration_recorder_status", "id"),
        Kind::Trail(_) => ("aws_cloudtrail", "id"),
        Kind::LogGroup(_) => ("aws_cloudwatch_log_group", "id"),
        Kind::Topic(_) => ("aws_sns_topic", "id"),
        Kind::TopicPolicy { .. } => ("aws_sns_topic_policy", "id"),
        Kind::Subscription(_) => ("aws_sns_topic_subscription", "id"),
        Kind::EventRule(_) => ("aws_cloudwatch_event_rule", "id"),
        Kind::LambdaPermission(_) => ("aws_lambda_permission", "id"),
        Kind::MetricFilter(_) => ("aws_cloudwatch_log_metric_filter", "id"),
        Kind::Alarm(_) => ("aws_cloudwatch_metric_alarm", "id"),
    }
}

/// What the expressions of a module can refer to.
fn context(plan: &Plan) -> Context<'static> {
    let mut context = Context::new();
    let mut types: Map<String, Value> = Map::new();
    let mut data = json!({
        "aws_partition": { "current": { "partition": "«Partition»", "dns_suffix": "«UrlSuffix»" } },
        "aws_region": { "current": { "name": "«Region»", "region": "«Region»" } },
        "aws_caller_identity": { "current": { "account_id": "«AccountId»" } },
    });
    let mut local = json!({});
    for resource in &plan.resources {
        let id = &resource.id;
        let (kind, key) = kind(&resource.kind);
        let label = snake(id.as_str());
        types.entry(kind).or_insert_with(|| json!({}))[&label] =
            json!({ key: format!("«{id}.Id»"), "arn": format!("«{id}.Arn»"), "alias": format!("«{id}.Alias»") });
        if kind == "aws_s3_bucket" {
            for part in ["public_access_block", "ownership_controls", "versioning", "lifecycle_configuration", "object_lock_configuration"]
            {
                types.entry(format!("aws_s3_bucket_{part}")).or_insert_with(|| json!({}))[&label] = format!("«{id} {part}»").into();
            }
            data["aws_canonical_user_id"][&label] = json!({ "id": format!("«{id} owner»") });
        }
        if kind == "aws_config_configuration_recorder_status" {
            types.entry("aws_config_delivery_channel").or_insert_with(|| json!({}))[&label] = format!("«{id} channel»").into();
        }
        if kind == "aws_iam_role" {
            types.entry("aws_iam_role_policy").or_insert_with(|| json!({}))[&label] = format!("«{id} policy»").into();
        }
        if kind == "aws_s3_bucket_policy" {
            data["aws_s3_bucket_policy"][&label] = json!({ "policy": format!("«{id} as it was»") });
            local[format!("{label}_kept")] = json!([KEPT]);
        }
    }
    for (name, value) in types {
        context.declare_var(name, hcl_value(value));
    }
    let parameters = plan.parameters.iter().map(|one| (snake(one.name.as_str()), format!("«{}»", one.name).into()));
    context.declare_var("var", hcl_value(Value::Object(parameters.collect())));
    context.declare_var("data", hcl_value(data));
    context.declare_var("local", hcl_value(local));
    context.declare_var("string", "string");
    // What stands for each item; the items are in `for_each`.
    context.declare_var("each", hcl_value(json!({ "key": "«each key»", "value": "«each»" })));
    let any = || FuncDef::builder().variadic_param(ParamType::Any);
    // A value stays one, so that a policy given as text would show.
    context.declare_func("jsonencode", any().build(|args| Ok(args[0].clone())));
    context.declare_func("jsondecode", any().build(|args| Ok(hcl_value(json!({ "Statement": [{ "Sid": args[0].to_string() }] })))));
    context.declare_func("concat", any().build(|args| Ok(hcl::Value::Array(args.into_values().into_iter().flat_map(items).collect()))));
    context.declare_func("regex", any().build(|args| Ok(hcl::Value::Array(args.into_values()))));
    context.declare_func("toset", any().build(|args| Ok(args[0].clone())));
    context.declare_func("try", any().build(|args| Ok(args[0].clone())));
    // None of the statements that are there is one of the profile's own.
    context.declare_func("contains", any().build(|_| Ok(false.into())));
    context.declare_func("can", any().build(|_| Ok(true.into())));
    // Which patterns there are is what is to be seen.
    context.declare_func("anytrue", any().build(|args| Ok((!items(args[0].clone()).is_empty()).into())));
    context
}

/// Stands for the statements that a bucket policy keeps of what was there.
pub(crate) const KEPT: &str = "«kept»";

fn items(list: hcl::Value) -> Vec<hcl::Value> {
    match list {
        hcl::Value::Array(items) => items,
        other => panic!("{other:?} is no list"),
    }
}

/// A block of a Terraform module: its type and labels, and its body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Block {
    pub(crate) name: Vec<String>,
    pub(crate) body: Value,
}

/// Every block of a Terraform module, its expressions evaluated.
pub(crate) fn terraform(files: &[File], plan: &Plan) -> Vec<Block> {
    let context = context(plan);
    let mut blocks = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".tf")) {
        let body = hcl::parse(&file.text).unwrap_or_else(|error| panic!("{}: {error}\n{}", file.path, file.text));
        assert_eq!(body.attributes().count(), 0, "{} has an attribute outside of every block", file.path);
        blocks.extend(body.blocks().map(|block| {
            let labels = block.labels().iter().map(|label| label.as_str().to_owned());
            Block { name: std::iter::once(block.identifier().to_owned()).chain(labels).collect(), body: body_value(block.body(), &context) }
        }));
    }
    blocks
}

fn body_value(body: &hcl::Body, context: &Context<'_>) -> Value {
    let mut object = Map::new();
    for attribute in body.attributes() {
        let value = attribute.expr().evaluate(context).unwrap_or_else(|error| panic!("{}: {error}", attribute.key()));
        assert!(
            object.insert(attribute.key().to_owned(), serde_json::to_value(value).unwrap()).is_none(),
            "{} stands twice",
            attribute.key()
        );
    }
    for block in body.blocks() {
        assert!(block.labels().is_empty(), "{} has labels", block.identifier());
        let list = object.entry(block.identifier()).or_insert_with(|| json!([]));
        list.as_array_mut().expect("a block beside an attribute").push(body_value(block.body(), context));
    }
    object.into()
}

/// What the deployment gives for a parameter.
pub(crate) type Given<'a> = &'a dyn Fn(&s3harden::plan::Parameter) -> String;

/// The values that the deployment puts in the place of references.
fn filled(text: &str, plan: &Plan, (account, region): (&str, &str), given: Given<'_>) -> String {
    let mut text = text.to_owned();
    for (mark, known) in [("«Partition»", "aws"), ("«AccountId»", account), ("«Region»", region), ("«UrlSuffix»", "amazonaws.com")]
    {
        text = text.replace(mark, known);
    }
    for parameter in &plan.parameters {
        text = text.replace(&format!("«{}»", parameter.name), &given(parameter));
    }
    let mut keys = 0;
    let twice = |text: String| (text.clone(), text);
    for resource in &plan.resources {
        let (id, arn) = match &resource.kind {
            Kind::Bucket(bucket) => (bucket.name.to_string(), format!("arn:aws:s3:::{}", bucket.name)),
            Kind::Key(_) => {
                let id = format!("00000000-0000-0000-0000-{keys:012}");
                keys += 1;
                (id.clone(), format!("arn:aws:kms:{region}:{account}:key/{id}"))
            }
            Kind::Role(role) => (role.name.clone(), format!("arn:aws:iam::{account}:role/{}", role.name)),
            Kind::AccessPoint(point) => (point.name.clone(), format!("arn:aws:s3:{region}:{account}:accesspoint/{}", point.name)),
            Kind::ManagedPolicy(policy) => twice(format!("arn:aws:iam::{account}:policy/{}", policy.name)),
            Kind::Topic(topic) => twice(format!("arn:aws:sns:{region}:{account}:{}", topic.name)),
            Kind::Subscription(_) => twice(format!("arn:aws:sns:{region}:{account}:topic:8a21d249-4329-4871-acc6-7be709c6ea7f")),
            Kind::Trail(trail) => twice(format!("arn:aws:cloudtrail:{region}:{account}:trail/{}", trail.name)),
            Kind::LogGroup(group) => (group.name.clone(), format!("arn:aws:logs:{region}:{account}:log-group:{}", group.name)),
            Kind::EventRule(rule) => (rule.name.clone(), format!("arn:aws:events:{region}:{account}:rule/{}", rule.name)),
            Kind::Alarm(alarm) => (alarm.name.clone(), format!("arn:aws:cloudwatch:{region}:{account}:alarm:{}", alarm.name)),
            Kind::MetricFilter(filter) => twice(filter.name.clone()),
            Kind::ConfigRule(rule) => (rule.name.clone(), format!("arn:aws:config:{region}:{account}:config-rule/config-rule-abc123")),
            Kind::Automation(document) => (document.name.clone(), format!("arn:aws:ssm:{region}:{account}:document/{}", document.name)),
            Kind::Analyzer(analyzer) => {
                (analyzer.name.to_owned(), format!("arn:aws:access-analyzer:{region}:{account}:analyzer/{}", analyzer.name))
            }
            Kind::Detector(_) => (
                "12abc34d567e8fa901bc2d34e56789f0".into(),
                format!("arn:aws:guardduty:{region}:{account}:detector/12abc34d567e8fa901bc2d34e56789f0"),
            ),
            Kind::Recorder(_) | Kind::DeliveryChannel(_) => twice("default".to_owned()),
            Kind::MacieSession(_) => twice(account.to_owned()),
            Kind::CustomIdentifier(one) => {
                let id = format!("id-{}", one.name.replace(' ', "-"));
                (id.clone(), format!("arn:aws:macie2:{region}:{account}:custom-data-identifier/{id}"))
            }
            Kind::ClassificationJob(_) => (
                "3ce05dbb7ec5505def334104bf347788".into(),
                format!("arn:aws:macie2:{region}:{account}:classification-job/3ce05dbb7ec5505def334104bf347788"),
            ),
            Kind::MalwareScan(_) => (
                "1234567890abcdef0123".into(),
                format!("arn:aws:guardduty:{region}:{account}:malware-protection-plan/1234567890abcdef0123"),
            ),
            _ => continue,
        };
        text = text.replace(&format!("«{}.Id»", resource.id), &id).replace(&format!("«{}.Arn»", resource.id), &arn);
    }
    // Names of the plan hold what the deployment knows as profiles write it.
    text.replace("${aws.account}", account).replace("${aws.region}", region)
}

/// A module as `terraform show -json` would print it once it is applied.
pub(crate) fn state(plan: &Plan, provider: Provider) -> Value {
    state_in(plan, provider, (OWN, plan.region.as_ref().map_or("eu-west-1", |region| region.as_str())))
}

/// The same in an account and a region.
pub(crate) fn state_in(plan: &Plan, provider: Provider, place: (&str, &str)) -> Value {
    let constant = |parameter: &s3harden::plan::Parameter| {
        stand_in(&parameter.name, plan.resources.iter().flat_map(|resource| resource.kind.documents()))
    };
    state_of(plan, provider, place, &constant)
}

/// The same with values for what the module asks for.
pub(crate) fn state_of(plan: &Plan, provider: Provider, place: (&str, &str), given: Given<'_>) -> Value {
    let blocks = terraform(&render::render(plan, Target::Terraform(provider)).unwrap(), plan);
    let resources: Vec<Value> = blocks
        .iter()
        .filter(|block| block.name[0] == "resource")
        .map(|block| {
            let mut values: Value = serde_json::from_str(&filled(&block.body.to_string(), plan, place, given)).unwrap();
            // These are about Terraform, and stand beside the values.
            ["depends_on", "lifecycle"].iter().for_each(|key| drop(values.as_object_mut().unwrap().shift_remove(*key)));
            let label = format!("{}.{}", block.name[1], block.name[2]);
            if let Some(policy) = values.get_mut("policy").filter(|policy| policy.is_object()) {
                if let Some(list) = policy["Statement"].as_array_mut() {
                    list.retain(|statement| *statement != KEPT);
                }
                *policy = policy.to_string().into();
            }
            // `jsonencode` makes texts of these too.
            for key in ["assume_role_policy", "content", "event_pattern", "input_parameters"] {
                if let Some(document) = values.get_mut(key).filter(|document| document.is_object()) {
                    *document = document.to_string().into();
                }
            }
            // What the provider computes, as far as others refer to it.
            let made = plan.resources.iter().find(|one| kind(&one.kind).0 == block.name[1] && snake(one.id.as_str()) == block.name[2]);
            if let Some(made) = made {
                if values.get("arn").is_none() {
                    values["arn"] = filled(&format!("«{}.Arn»", made.id), plan, place, given).into();
                }
                values[kind(&made.kind).1] = filled(&format!("«{}.Id»", made.id), plan, place, given).into();
            }
            json!({"address": label, "mode": "managed", "type": block.name[1], "name": block.name[2], "values": values})
        })
        .flat_map(|resource| instances(&resource))
        .collect();
    json!({"format_version": "1.0", "values": {"root_module": {"resources": resources}}})
}

/// The instances of a resource: one for each item of `for_each`, where it has that.
fn instances(resource: &Value) -> Vec<Value> {
    let each = match &resource["values"]["for_each"] {
        Value::Object(items) => items.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect(),
        Value::Array(items) => items.iter().map(|item| (item.as_str().unwrap().to_owned(), item.as_str().unwrap().to_owned())).collect(),
        _ => return vec![resource.clone()],
    };
    let each: Vec<(String, String)> = each;
    let instance = |(key, value): (String, String)| {
        let mut one: Value = serde_json::from_str(&resource.to_string().replace("«each key»", &key).replace("«each»", &value)).unwrap();
        one["values"].as_object_mut().unwrap().shift_remove("for_each");
        one["address"] = format!("{}[{key:?}]", resource["address"].as_str().unwrap()).into();
        one
    };
    each.into_iter().map(instance).collect()
}

/// Every policy in a value, in the order in which they stand there.
pub(crate) fn policies(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(object) if object.contains_key("Statement") => vec![value.clone()],
        Value::Object(object) => object.values().flat_map(policies).collect(),
        Value::Array(items) => items.iter().flat_map(policies).collect(),
        _ => Vec::new(),
    }
}
