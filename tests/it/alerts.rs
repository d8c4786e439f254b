//! Alerts: the patterns of the rules against events as AWS sends them, by a small matcher of our own.

use serde_json::Value;

use s3harden::plan::{Kind, Plan};

use super::readback;
use super::support::{accepted, read, root};

/// Whether an event matches a pattern ("Amazon EventBridge event patterns", Amazon EventBridge User Guide): every field of the
/// pattern must be in the event, with one of the listed values; an array in the event matches where one item does.
fn matches(pattern: &Value, event: &Value) -> bool {
    let fields = pattern.as_object().expect("a pattern is an object");
    if let Value::Array(items) = event {
        return items.iter().any(|item| matches(pattern, item));
    }
    fields.iter().all(|(name, wanted)| match (name.as_str(), wanted) {
        ("$or", Value::Array(any)) => any.iter().any(|one| matches(one, event)),
        (_, Value::Array(any)) => event.get(name).is_some_and(|found| one_of(any, found)),
        (_, Value::Object(_)) => event.get(name).is_some_and(|found| matches(wanted, found)),
        _ => panic!("{name}: {wanted} is nothing that a pattern can hold"),
    })
}

fn one_of(any: &[Value], found: &Value) -> bool {
    if let Value::Array(items) = found {
        return items.iter().any(|item| one_of(any, item));
    }
    any.iter().any(|wanted| match wanted {
        Value::Object(matcher) => {
            let [(name, end)] = matcher.iter().collect::<Vec<_>>()[..] else { panic!("{wanted}: one matcher at a time") };
            assert_eq!(name, "suffix", "this matcher knows no other");
            found.as_str().is_some_and(|text| text.ends_with(end.as_str().unwrap()))
        }
        wanted => wanted == found,
    })
}

/// The rules of a plan: the words at the end of their names, and their patterns.
fn rules(plan: &Plan) -> Vec<(String, Value)> {
    let rules = plan.resources.iter().filter_map(|resource| match &resource.kind {
        Kind::EventRule(rule) => Some(rule),
        _ => None,
    });
    let text = |pattern: Value| serde_json::from_str(&pattern.to_string().replace("«Partition»", "aws")).unwrap();
    rules.map(|rule| (rule.name.clone(), text(readback::literal(&rule.pattern)))).collect()
}

#[test]
fn each_event_sets_off_the_alert_that_it_must_and_no_other() {
    let rules = rules(&accepted(&root().join("tests/alerts/profile.yaml")).plan);
    assert_eq!(rules.len(), 9);
    let file: Value = serde_yaml::from_str(&read(root().join("tests/alerts/events.yaml"))).unwrap();
    let mut set_off = std::collections::BTreeSet::new();
    let mut sources = std::collections::BTreeSet::new();
    for row in file["events"].as_array().unwrap() {
        let source = row["source"].as_str().unwrap();
        assert!(file["sources"][source].as_str().is_some_and(|page| page.contains("Guide") || page.contains("Reference")), "{source}");
        sources.insert(source);
        let found: Vec<&str> = rules.iter().filter(|(_, pattern)| matches(pattern, &row["event"])).map(|(name, _)| name.as_str()).collect();
        let expected: Vec<String> = row["kind"].as_str().map(|kind| format!("acme-watched-{kind}")).into_iter().collect();
        assert_eq!(found, expected, "{row}");
        set_off.extend(found.into_iter().map(str::to_owned));
    }
    assert_eq!(set_off.len(), rules.len(), "no event sets off some alert: {set_off:?}");
    assert_eq!(sources.len(), file["sources"].as_object().unwrap().len(), "some source has no event");
}

#[test]
fn the_rendered_patterns_are_those_of_the_plan() {
    use s3harden::render::{self, Notation, Provider, Target};
    let plan = accepted(&root().join("tests/alerts/profile.yaml")).plan;
    let template = render::render(&plan, Target::CloudFormation(Notation::Yaml)).unwrap();
    let template = readback::cloudformation(readback::template(&template), &plan);
    let blocks = readback::terraform(&render::render(&plan, Target::Terraform(Provider::V5)).unwrap(), &plan);
    for resource in &plan.resources {
        let Kind::EventRule(rule) = &resource.kind else { continue };
        let planned = readback::literal(&rule.pattern);
        assert_eq!(template["Resources"][resource.id.as_str()]["Properties"]["EventPattern"], planned);
        let label = readback::snake(resource.id.as_str());
        let block = blocks.iter().find(|block| block.name == ["resource", "aws_cloudwatch_event_rule", &label]).unwrap();
        assert_eq!(block.body["event_pattern"], planned);
    }
}
