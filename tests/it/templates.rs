//! Custom templates: they may dress up what is rendered, and change nothing that a profile promises.

use std::fs;
use std::path::Path;

use super::support::{Ran, ran, read, root, s3harden};

/// The built-in template, changed.
fn changed(name: &str, from: &str, to: &str) -> String {
    let text = read(root().join("templates").join(name));
    assert!(text.contains(from), "{name} does not hold {from}");
    text.replacen(from, to, 1)
}

/// Renders a profile with one template in the place of a built-in one.
fn with(name: &str, text: &str, profile: &str, out: &Path) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, text).unwrap();
    let mut command = s3harden(&["render", "-o"]);
    ran(command.arg(out).arg("--templates").arg(dir.path()).arg(root().join("examples").join(profile)).output().unwrap())
}

#[test]
fn the_built_in_templates_as_custom_ones_render_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let custom = root().join("templates");
    let ours = dir.path().join("ours");
    for target in ["cloudformation", "terraform"] {
        fs::create_dir_all(ours.join(target)).unwrap();
        for entry in fs::read_dir(custom.join(target)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, ours.join(target).join(path.file_name().unwrap())).unwrap();
        }
    }
    let render = |out: &str, args: &[&str]| {
        let ran = ran(s3harden(&["render", "-o"]).arg(dir.path().join(out)).args(args).arg(root().join("examples")).output().unwrap());
        assert_eq!(ran.exit, 0, "{}", ran.stderr);
    };
    render("plain", &[]);
    render("plain", &["--check", "--templates", ours.to_str().unwrap()]);
}

#[test]
fn dress_is_let_in() {
    let dir = tempfile::tempdir().unwrap();
    for (name, from, to, seen, file) in [
        (
            "terraform/bucket.tf",
            "{{ r.suppressions }}",
            "# ours\n  provider = aws.data\n  {{ r.suppressions }}",
            "provider = aws.data",
            "terraform/main.tf",
        ),
        ("terraform/bucket.tf", "  tags = {\n", "  tags = {\n    team = \"data\"\n", "team", "terraform/main.tf"),
        (
            "terraform/versions.tf",
            "required_version = \">= 1.5\"",
            "required_version = \">= 1.9\"\n  backend \"s3\" {\n    bucket = \"acme-state\"\n  }",
            "backend \"s3\"",
            "terraform/versions.tf",
        ),
        ("terraform/output.tf", "description = {{ o.description }}", "description = \"of ours\"", "of ours", "terraform/outputs.tf"),
        (
            "cloudformation/bucket.json",
            "\"Tags\": [",
            "\"Tags\": [ { \"Key\": \"team\", \"Value\": \"data\" },",
            "team",
            "cloudformation/template.yaml",
        ),
    ] {
        let out = dir.path().join("out");
        let _ = fs::remove_dir_all(&out);
        let ran = with(name, &changed(name, from, to), "sensitive.yaml", &out);
        assert_eq!(ran.exit, 0, "{name}: {}", ran.stderr);
        let text = read(out.join("customer-exports").join(file));
        assert!(text.contains(seen), "{name}: {seen} is not in {file}");
    }
}

/// A template, what is replaced in it, and by what: each would loosen what is promised, or bring in what nobody planned.
const HOSTILE: &[(&str, &str, &str)] = &[
    // Policies
    ("cloudformation/bucket_policy.json", "{{ r.document }}", "{ \"Version\": \"2012-10-17\", \"Statement\": [] }"),
    ("terraform/bucket_policy.tf", "jsonencode({{ r.document }})", "jsonencode({ Version = \"2012-10-17\", Statement = [] })"),
    ("terraform/bucket_policy.tf", "jsonencode({{ r.document }})", "replace(jsonencode({{ r.document }}), \"Deny\", \"Allow\")"),
    ("terraform/bucket_policy.tf", "jsonencode({{ r.document }})", "jsonencode({{ r.document }}) == \"\" ? \"\" : \"{}\""),
    ("terraform/bucket_policy.tf", "bucket = {{ r.bucket }}", "bucket = \"somebody-elses\""),
    // Block Public Access, encryption, versions, logs
    ("cloudformation/bucket.json", "{{ r.public_access_block.block_public_acls }}", "false"),
    ("terraform/bucket.tf", "{{ r.public_access_block.restrict_public_buckets }}", "false"),
    ("terraform/bucket.tf", "block_public_policy = {{ r.public_access_block.block_public_policy }}\n", ""),
    ("cloudformation/bucket.json", "{{ r.encryption.algorithm }}", "\"AES256\""),
    ("terraform/bucket.tf", "kms_master_key_id = {{ r.encryption.key }}", "kms_master_key_id = \"alias/aws/s3\""),
    ("terraform/bucket.tf", "status = {{ r.versioning }}", "status = \"Suspended\""),
    ("cloudformation/bucket.json", "\"DestinationBucketName\": {{ r.logging.target }}", "\"DestinationBucketName\": \"elsewhere\""),
    ("terraform/bucket.tf", "object_ownership = {{ r.ownership }}", "object_ownership = \"ObjectWriter\""),
    ("terraform/bucket.tf", "prevent_destroy = true", "prevent_destroy = false"),
    // What is added
    ("cloudformation/bucket.json", "\"BucketName\": {{ r.name }},", "\"BucketName\": {{ r.name }}, \"AccessControl\": \"PublicRead\","),
    (
        "cloudformation/bucket.json",
        "\"BucketName\": {{ r.name }},",
        "\"BucketName\": {{ r.name }}, \"WebsiteConfiguration\": { \"IndexDocument\": \"i\" },",
    ),
    ("cloudformation/bucket.json", "\"Tags\": [", "\"Tags\": [ { \"Key\": \"x\", \"Value\": { \"Ref\": \"AWS::AccountId\" } },"),
    ("cloudformation/bucket.json", "\"Type\": \"AWS::S3::Bucket\",", "\"Type\": \"AWS::S3::Bucket\", \"DeletionPolicy\": \"Delete\","),
    ("cloudformation/bucket.json", "\"Type\": \"AWS::S3::Bucket\",", "\"Type\": \"AWS::S3::Bucket\", \"Condition\": \"Never\","),
    ("terraform/bucket.tf", "bucket = {{ r.name }}", "bucket = {{ r.name }}\n  force_destroy = true"),
    ("terraform/bucket.tf", "bucket = {{ r.name }}", "bucket = {{ r.name }}\n  count = 0"),
    ("terraform/bucket.tf", "bucket = {{ r.name }}", "bucket = {{ r.name }}\n  provisioner \"local-exec\" {\n    command = \"id\"\n  }"),
    ("terraform/bucket.tf", "prevent_destroy = true", "prevent_destroy = true\n    ignore_changes = all"),
    ("terraform/bucket.tf", "tags = {", "tags = {\n    x = file(\"/etc/passwd\")"),
    ("terraform/bucket.tf", "tags = {", "tags = {\n    x = \"${file(\\\"/etc/passwd\\\")}\""),
    ("terraform/output.tf", "description = {{ o.description }}", "description = \"${aws_s3_bucket.bucket.arn}\""),
    (
        "terraform/output.tf",
        "output {{ o.label }} {",
        "resource \"aws_iam_user\" \"evil\" {\n  name = \"evil\"\n}\n\noutput {{ o.label }} {",
    ),
    (
        "terraform/data.tf",
        "{% if partition is defined %}",
        "provider \"aws\" {\n  skip_metadata_api_check = true\n}\n{% if partition is defined %}",
    ),
    ("terraform/versions.tf", "source = \"hashicorp/aws\"", "source = \"evil/aws\""),
    ("terraform/versions.tf", "version = {{ constraint }}", "version = \"0.1.0\""),
    (
        "terraform/bucket.tf",
        "resource \"aws_s3_bucket_public_access_block\" {{ r.label }} {",
        "resource \"aws_s3_bucket_public_access_block\" \"other\" {",
    ),
    // What readers may see differently
    ("terraform/bucket.tf", "bucket = {{ r.name }}", "bucket = {{ r.name }} /*"),
    ("terraform/bucket.tf", "bucket = {{ r.name }}", "bucket = <<EOT\nx\nEOT"),
    ("terraform/bucket.tf", "bucket = {{ r.name }}", "# bucket = {{ r.name }}"),
    ("cloudformation/bucket.json", "\"BucketName\": {{ r.name }},", "\"BucketName\": {{ r.name }}, \"BucketName\": \"other\","),
    ("cloudformation/bucket.json", "\"BucketName\": {{ r.name }},", "\"BucketName\": {{ r.name }}"),
];

#[test]
fn whatever_says_something_else_is_refused_and_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    for (name, from, to) in HOSTILE {
        let ran = with(name, &changed(name, from, to), "sensitive.yaml", &out);
        assert_eq!((ran.exit, ran.errors()), (1, vec!["template-unfaithful"]), "{name}: {to}: {}", ran.stderr);
        assert!(!out.exists(), "{name}: {to}");
    }
}

#[test]
fn what_gets_around_escaping_is_refused_where_it_stands() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    for (name, text, at, words) in [
        ("terraform/output.tf", "output {{ o.label | safe }} {}\n", ":1:19", "filters are refused"),
        ("terraform/output.tf", "a\n{% include \"/etc/passwd\" %}\n", ":2:1", "`include` is no statement"),
        ("terraform/output.tf", "a = \"{{ o.value }}\"\n", ":1:6", "touches what stands beside it"),
        ("terraform/output.tf", "{% if x %}\n", "output.tf", "template-refused"),
        ("terraform/outputs.tf", "x\n", "outputs.tf", "did you mean `terraform/output.tf`?"),
        ("cloudformation/bucket.tf", "x\n", "bucket.tf", "did you mean"),
        ("terraform/output.tf", "{{ o.nothing }}\n", "output.tf", "nothing"),
    ] {
        let ran = with(name, text, "minimal.yaml", &out);
        assert_eq!(ran.exit, 1, "{text}: {}", ran.stderr);
        assert!(ran.stderr.contains(at) && ran.stderr.contains(words), "{text}: {}", ran.stderr);
        assert!(!out.exists());
    }
    let empty = tempfile::tempdir().unwrap();
    let none = ran(s3harden(&["render", "--templates"]).arg(empty.path()).arg(root().join("examples/minimal.yaml")).output().unwrap());
    assert_eq!(none.exit, 3, "{}", none.stderr);
}

#[test]
fn templates_are_listed_and_printed() {
    let all = ran(s3harden(&["templates"]).output().unwrap()).stdout;
    assert!(all.lines().count() > 40 && all.contains("terraform/bucket.tf\n"));
    for name in all.lines() {
        let one = ran(s3harden(&["templates", name]).output().unwrap());
        assert_eq!(one.stdout, read(root().join("templates").join(name)));
    }
    let wrong = ran(s3harden(&["templates", "terraform/buckets.tf"]).output().unwrap());
    assert_eq!(wrong.exit, 2);
    assert!(wrong.stderr.contains("did you mean `terraform/bucket.tf`?"), "{}", wrong.stderr);
}
