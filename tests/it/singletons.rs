//! What exists once in an account and region is made by one profile of a run at most.

use super::support::{ran, s3harden};

fn profile(name: &str, account: &str, recorder: &str) -> String {
    format!(
        "version: 1\nname: {name}\nbucket: {{ name: acme-{name}, account: \"{account}\" }}\nmonitoring: {{ config: {{ recorder: {recorder} }} }}\n"
    )
}

#[test]
fn two_profiles_that_make_the_same_are_refused_and_many_that_rely_on_it_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| std::fs::write(dir.path().join(format!("{name}.yaml")), text).unwrap();
    let check = || ran(s3harden(&["check", "--message-format", "concise", "."]).current_dir(dir.path()).output().unwrap());
    write("maker", profile("maker", "111122223333", "create"));
    for number in 1..=50 {
        write(&format!("b{number}"), profile(&format!("b{number}"), "111122223333", "existing"));
    }
    // Another account has a recorder of its own.
    write("elsewhere", profile("elsewhere", "444455556666", "create"));
    let found = check();
    assert_eq!((found.exit, found.stderr.contains("not-in-this-run")), (0, false), "{}", found.stderr);
    write("second", profile("second", "111122223333", "create"));
    let found = check();
    assert_eq!((found.exit, found.errors()), (1, vec!["singleton-clash"; 2]), "{}", found.stderr);
    assert!(found.stderr.contains("the recorder of AWS Config is also made by `./maker.yaml`"), "{}", found.stderr);
}

#[test]
fn a_resource_control_policy_is_held_against_what_the_buckets_of_the_run_grant() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(format!("{name}.yaml")), text).unwrap();
    let check = || ran(s3harden(&["check", "--message-format", "concise", "."]).current_dir(dir.path()).output().unwrap());
    let perimeter = |outputs: &str| {
        format!(
            "version: 1\nkind: account\nname: org\naccount: \"111122223333\"\nregion: eu-west-1\nperimeter:\n  organization: o-a1b2c3d4e5\n  \
             except: {{ accounts: [\"555566667777\"] }}\n  outputs: [{outputs}]\n"
        )
    };
    let bucket = |grants: &str| {
        format!(
            "version: 1\nname: share\nbucket: {{ name: acme-share, account: \"222233334444\" }}\ngrants:\n  - {{ name: readers, can: [read], {grants} }}\n"
        )
    };
    let shut_out = |grants: &str| {
        write("share", &bucket(grants));
        let found = check().stderr;
        found.lines().filter(|line| line.contains("perimeter-shuts-out")).map(str::to_owned).collect::<Vec<_>>()
    };
    write("org", &perimeter("rcp"));
    for (grants, number) in [
        ("to: [{ account: \"888899990000\" }]", 1),
        ("to: [{ arn: \"arn:aws:iam::888899990000:role/Reader\" }, { organization: o-z9y8x7w6v5 }]", 2),
        ("to: [everyone], when: { vpc_endpoints: [vpce-0a1b2c3d4e5f60718] }", 1),
        // Of the organization, by the grant or by the run; a partner; the bucket's own account; services.
        ("to: [{ account: \"888899990000\" }], when: { organization: o-a1b2c3d4e5 }", 0),
        ("to: [{ account: \"111122223333\" }, { account: \"555566667777\" }, { organization: o-a1b2c3d4e5 }, { role: Reader }]", 0),
        ("to: [{ service: delivery.logs.amazonaws.com }]", 0),
    ] {
        let found = shut_out(grants);
        assert_eq!(found.len(), number, "{grants}: {found:#?}");
        assert!(found.iter().all(|line| line.starts_with("./share.yaml:5:") && line.contains("`./org.yaml`")), "{found:#?}");
    }
    // The other policies deny nobody who comes to a bucket.
    write("org", &perimeter("scp"));
    assert_eq!(shut_out("to: [{ account: \"888899990000\" }]"), Vec::<String>::new());
}
