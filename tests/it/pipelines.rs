//! What pipelines take from the repository: hooks, an action, a template. They parse, what they call exists, and nothing that
//! comes from outside is read as a command.

use serde_json::Value;

use super::support::{read, root, run};

fn yaml(path: &str) -> Value {
    serde_yaml::from_str(&read(root().join(path))).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The flags that a subcommand takes.
fn help(command: &str) -> String {
    let ran = run(&[command, "--help"]);
    assert_eq!(ran.exit, 0, "there is no `s3harden {command}`");
    ran.stdout
}

/// Every text in a value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_command_of_the_pipelines_exists() {
    let mut seen = 0;
    for path in [".pre-commit-hooks.yaml", "action.yml", "ci/gitlab.yml"] {
        for text in texts(&yaml(path)) {
            let lines: Vec<&str> =
                text.lines().filter(|line| line.contains("s3harden ") || line.contains("flags") || line.contains("set --")).collect();
            let calls = lines.iter().filter_map(|line| line.trim_start().strip_prefix("s3harden "));
            let commands: Vec<&str> = calls.filter_map(|call| call.split_whitespace().next()).collect();
            // Flags that a script gathers are for every command that it calls.
            let flags: Vec<String> = lines
                .iter()
                .flat_map(|line| line.split(|c: char| c.is_whitespace() || "()\"".contains(c)))
                .filter(|word| word.starts_with("--") && word.len() > 2)
                .map(|word| word.split('=').next().unwrap().to_owned())
                .collect();
            for command in &commands {
                let help = help(command);
                for flag in flags.iter().filter(|flag| *flag != "--check" || *command == "render") {
                    assert!(help.contains(flag.as_str()), "{path}: `s3harden {command}` has no `{flag}`");
                }
                seen += 1;
            }
        }
    }
    assert!(seen >= 6, "{seen}");
}

#[test]
fn what_comes_from_outside_is_never_read_as_a_command() {
    let action = yaml("action.yml");
    for step in action["runs"]["steps"].as_array().unwrap() {
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "an expression is put into the script as text: {script}");
        for (name, value) in step["env"].as_object().unwrap() {
            assert!(value.as_str().unwrap().starts_with("${{ inputs."), "{name}");
        }
        for input in action["inputs"].as_object().unwrap().keys() {
            assert!(
                step["env"].as_object().unwrap().values().any(|value| value == &format!("${{{{ inputs.{input} }}}}")),
                "{input} is used nowhere"
            );
        }
        quoted("action.yml", script);
    }
    let gitlab = yaml("ci/gitlab.yml");
    quoted("ci/gitlab.yml", gitlab[".s3harden"]["script"][0].as_str().unwrap());
}

/// Every variable of the script stands in double quotes.
fn quoted(path: &str, script: &str) {
    let (mut inside, mut literal) = (false, false);
    let mut before = ' ';
    for (at, c) in script.char_indices() {
        match c {
            '\'' if !inside => literal = !literal,
            _ if literal => {}
            '"' if before != '\\' => inside = !inside,
            '$' => {
                let rest = &script[at..];
                assert!(inside, "{path}: not in quotes: {}", rest.lines().next().unwrap());
            }
            _ => {}
        }
        before = c;
    }
    assert!(!inside, "{path}: a quote is open");
}

#[test]
fn the_scripts_do_what_they_say() {
    let dir = tempfile::tempdir().unwrap();
    let bin = dir.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_s3harden"), bin.join("s3harden")).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let profile = dir.path().join("$(touch oops) a.yaml");
    std::fs::write(&profile, super::cli::profile("a")).unwrap();
    let profile = profile.display().to_string();
    let run = |shell: &str, script: &str, env: &[(&str, &str)]| {
        let mut command = std::process::Command::new(shell);
        command.args(["-c", script]).current_dir(dir.path()).env_clear().env("PATH", &path).envs(env.iter().copied());
        let output = command.output().ok()?;
        Some((output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned()))
    };
    let script = yaml("action.yml")["runs"]["steps"][0]["run"].as_str().unwrap().to_owned();
    let action = |output: &str, summary: &str, deny: &str| {
        let env = [
            ("S3HARDEN_PROFILES", profile.as_str()),
            ("S3HARDEN_OUTPUT", output),
            ("S3HARDEN_SHARD", "1/1"),
            ("S3HARDEN_DENY", deny),
            ("S3HARDEN_VALUES", ""),
            ("S3HARDEN_SUMMARY", summary),
        ];
        run("bash", &script, &env).expect("bash")
    };
    assert_eq!(action("", "", "").0, 0, "{}", action("", "", "").1);
    assert_eq!(action("out", "", "").0, 1, "nothing is committed yet");
    assert_eq!(action("", "summary.ndjson", "warning").0, 0);
    assert!(read(dir.path().join("summary.ndjson")).starts_with("{\"file\":"));
    assert_eq!(action("", "", "$(touch oops)").0, 2);
    let gitlab = yaml("ci/gitlab.yml")[".s3harden"]["script"][0].as_str().unwrap().to_owned();
    for (output, exit) in [("", 0), ("out", 1)] {
        let env = [("S3HARDEN_PROFILES", profile.as_str()), ("S3HARDEN_OUTPUT", output), ("S3HARDEN_DENY", "error")];
        assert_eq!(run("sh", &gitlab, &env).unwrap().0, exit);
        assert!(read(dir.path().join("s3harden.xml")).contains("<testsuite"));
    }
    assert!(!dir.path().join("oops").exists());
}
