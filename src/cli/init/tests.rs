//! Every profile that `init` writes is one that `check` has nothing against, and answers are held to what profiles take.

use std::collections::BTreeSet;

use super::*;
use crate::diag::{Code, Severity};
use crate::pipeline::{self, Options, TargetChoice};
use crate::source::Source;

fn until() -> Date {
    "2027-11-26".parse().unwrap()
}

/// The codes of what is wrong.
fn wrong(text: &str) -> BTreeSet<&'static str> {
    let targets = vec![TargetChoice::CloudFormation(None), TargetChoice::Terraform];
    let options = Options { today: "2026-11-26".parse().unwrap(), deny: Severity::Error, targets };
    let checked = pipeline::check(&Source::from_bytes("profile.yaml", text).unwrap(), &options);
    checked.findings.iter().filter(|finding| finding.severity == Severity::Error).map(|finding| finding.code.name()).collect()
}

fn args(preset: Option<&str>) -> Args {
    Args { preset: preset.map(str::to_owned), bucket: Some("acme-invoices".parse().unwrap()), ..Args::default() }
}

/// Flags as full as can be.
fn full(preset: &str) -> Args {
    let networks = ["203.0.113.0/24", "2001:db8:1234::/48", "vpc-0123456789abcdef0", "vpce-0a1b2c3d4e5f60718"];
    let networks = if preset == "public-read" { Vec::new() } else { networks.iter().map(|text| network(text).unwrap()).collect() };
    Args {
        account: Some("111122223333".parse().unwrap()),
        region: Some("eu-west-1".parse().unwrap()),
        owner: Some("data: @team 1".parse().unwrap()),
        break_glass: Some("emergency/BreakGlass".parse().unwrap()),
        readers: ["Analyst", "user/no", "444455556666"].map(|text| Party::parse(text).unwrap()).to_vec(),
        writers: vec![Party::parse("arn:aws:iam::444455556666:role/Uploader").unwrap()],
        reason: Some("open data, decided in SEC-9: \"yes\"".parse().unwrap()),
        networks,
        ..args(Some(preset))
    }
}

#[test]
fn what_is_written_is_right_for_every_preset() {
    for preset in Preset::ALL {
        let mut short = args(Some(preset.name()));
        short.reason = Some("open data".parse().unwrap());
        if draft::needs_networks(*preset) {
            short.networks = vec![network("203.0.113.0/24").unwrap(), network("2001:db8:1234::/48").unwrap()];
        }
        for args in [short, full(preset.name())] {
            let text = from_flags(&args, until()).unwrap().text();
            assert_eq!(wrong(&text), BTreeSet::new(), "{}: {text}", preset.name());
            assert!(text.starts_with("# yaml-language-server: $schema=profile.schema.json\n"), "{text}");
        }
    }
}

#[test]
fn the_profile_of_a_bucket_in_every_account_is_named_after_the_rest_of_its_name() {
    let args = Args { bucket: Some("acme.in-${aws.account}-${aws.region}".parse().unwrap()), ..args(None) };
    let text = from_flags(&args, until()).unwrap().text();
    assert_eq!(wrong(&text), BTreeSet::new(), "{text}");
    assert!(text.contains("\nname: acme-in\n") && text.contains("acme.in-${aws.account}-${aws.region}"), "{text}");
}

#[test]
fn what_is_written_is_right_for_an_account() {
    let account = Args { kind: Some("account".into()), bucket: None, ..full("baseline") };
    let text = from_flags(&account, until()).unwrap().text();
    assert_eq!(wrong(&text), BTreeSet::new(), "{text}");
    assert!(text.starts_with("# yaml-language-server: $schema=account.schema.json\n"), "{text}");
}

#[test]
fn whatever_is_commented_out_can_be_taken_in() {
    let mut taken = 0;
    for preset in Preset::ALL {
        let text = from_flags(&full(preset.name()), until()).unwrap().text();
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some(rest) = line.trim_start().strip_prefix("# ") else { continue };
            if !rest.split_once(": ").is_some_and(|(key, _)| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')) {
                continue;
            }
            let indent = line.len() - line.trim_start().len();
            let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            changed[at] = format!("{}{rest}", " ".repeat(indent));
            // A key of which MFA or a control asks more than the rest of a draft has is an error that says so, and no mistake.
            let mut found = wrong(&changed.join("\n"));
            found.retain(|code| ![Code::ControlUnmet, Code::MfaUnreachable].iter().any(|one| one.name() == *code));
            assert_eq!(found, BTreeSet::new(), "{}: {rest}", preset.name());
            taken += 1;
        }
    }
    assert!(taken > 15, "{taken}");
}

fn answered(answers: &str, args: &Args) -> (Result<Draft, Stop>, String) {
    let mut interview = Interview { input: answers.as_bytes(), output: Vec::new() };
    let draft = interview.draft(args, until());
    (draft, String::from_utf8(interview.output).unwrap())
}

#[test]
fn wrong_answers_are_asked_again_and_empty_ones_are_the_default() {
    let answers = "\nAcme\nacme-exports\n\nsecret\nsensitive\n1234\n111122223333\neu-west-1\n\n\n10.0.0.0/8\n203.0.113.0/24, 2001:db8:1234::/48\n\
                   BreakGlass\nAnalyst user/ann\n\n";
    let (draft, said) = answered(answers, &Args::default());
    let draft = draft.unwrap_or_else(|stop| panic!("{}: {said}", stop.message));
    assert_eq!((draft.name.as_str(), draft.preset), ("acme-exports", Preset::Sensitive));
    let text = draft.text();
    assert_eq!(wrong(&text), BTreeSet::new(), "{text}");
    for part in ["account: \"111122223333\"", "to: [{ role: Analyst }, { user: ann }]", "break_glass: [{ role: BreakGlass }]"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for part in ["private", "`secret` is none of these", "at least one is needed", "The name of the profile [acme-exports]: "] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(said.matches("The name of the bucket: ").count() == 2, "{said}");
}

#[test]
fn answers_that_end_write_nothing_and_flags_are_not_asked_for() {
    assert_eq!(answered("bucket\nacme-a\n", &Args::default()).0.unwrap_err().exit, Exit::Usage);
    let (draft, said) = answered("\n\n\n\n\n\n", &full("baseline"));
    assert!(draft.is_ok(), "{said}");
    for asked in ["The name of the bucket", "The account", "Networks", "Who reads"] {
        assert!(!said.contains(asked), "{said}");
    }
}

#[test]
fn without_a_terminal_what_is_missing_is_named() {
    let missing = |args: &Args| from_flags(args, until()).unwrap_err().message;
    assert!(missing(&Args::default()).contains("`--bucket`"));
    assert!(missing(&args(Some("sensitive"))).contains("`--network`"));
    assert!(missing(&args(Some("public-read"))).contains("`--reason`"));
    let account = Args { kind: Some("account".into()), ..Args::default() };
    assert!(missing(&account).contains("`--account`"));
}
