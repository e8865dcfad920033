//! Completion scripts in the shells that they are for.

use super::harness::*;

/// Of these lines each shell offers these, and nothing else. Where a shell's offer is the whole word, `flag=` stands for what
/// it repeats.
const LINES: [(&str, &str, &[&str]); 19] = [
    ("oauth2tok -p pr", "", &["preprod", "prod"]),
    ("oauth2tok --profile=pro", "--profile=", &["prod"]),
    ("oauth2tok --auth-method=client_secret_p", "--auth-method=", &["client_secret_post"]),
    ("oauth2tok -a client_secret_p", "", &["client_secret_post"]),
    ("oauth2tok -o exec", "", &["exec-credential"]),
    ("oauth2tok -g pass", "", &["password"]),
    ("oauth2tok -v --error-format js", "", &["json"]),
    ("oauth2tok completions fi", "", &["fish"]),
    ("oauth2tok import --from cou", "", &["couper"]),
    ("oauth2tok request -o js", "", &["json"]),
    ("oauth2tok profile show pr", "", &["preprod", "prod"]),
    ("oauth2tok profile check prod pre", "", &["preprod"]),
    ("oauth2tok --config ./own.yaml -p oth", "", &["other"]),
    ("oauth2tok --config=./own.yaml -p oth", "", &["other"]),
    ("oauth2tok profile --config ./own.yaml show oth", "", &["other"]),
    ("oauth2tok -p x", "", &["x$(touch canary)"]),
    ("oauth2tok exec -p te", "", &["test"]),
    ("oauth2tok exec -p prod -- inner-com", "", &["inner-command"]),
    ("oauth2tok exec -p prod -- cat a-fi", "", &["a-file"]),
];

fn offers(shell: &str, script: &str) {
    if !is_installed(shell) {
        return not_run(&format!("{shell} is not installed"));
    }
    let root = env!("CARGO_MANIFEST_DIR");
    let run = oauth2tok()
        .config("profiles:\n  prod: {}\n  preprod: {}\n  test: {}\n  x$(touch canary): {}\n")
        .file("own.yaml", "profiles:\n  other: {}\n")
        .file("a-file", "")
        .file("bin/inner-command", "#!/bin/sh\n");
    let program = assert_cmd::cargo::cargo_bin!("oauth2tok");
    std::os::unix::fs::symlink(program, run.path("bin/oauth2tok")).unwrap();
    let command = run.path("bin/inner-command");
    std::fs::set_permissions(&command, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", run.path_text("bin"));
    let lines: String = LINES.iter().map(|(line, ..)| format!("{line}\n")).collect();
    let directory = run.path(".");
    let output = std::process::Command::new(shell)
        .args(if shell == "fish" {
            &["--no-config"][..]
        } else if shell == "zsh" {
            &["-f"]
        } else {
            &["--norc"]
        })
        .args([format!("{root}/tests/completions/{script}"), format!("{root}/completions")])
        .env_clear()
        .env("PATH", path)
        .env("HOME", &directory)
        .env("XDG_CONFIG_HOME", run.config_path().parent().unwrap().parent().unwrap())
        .env("TERM", "dumb")
        .current_dir(&directory)
        .stdin(piped(&lines))
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let mut told = stdout.lines();
    for (line, flag, expected) in LINES {
        let offered = told.next().unwrap_or_default();
        let offered = offered.strip_prefix(&format!("{line} => ")).unwrap_or_else(|| panic!("{shell}: {stdout}"));
        // Each writes a name of its own syntax as that wants it.
        let plain = offered.replace('\\', "").replace(flag, "");
        let mut found: Vec<_> = if line.ends_with("-p x") { vec![plain.as_str()] } else { plain.split(' ').collect() };
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, expected, "{shell}: {line}");
    }
    assert!(!run.path("canary").exists(), "{shell} ran what stands in a name");
}

/// A file with this text, to read from.
fn piped(text: &str) -> std::process::Stdio {
    use std::io::{Seek, Write};
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.rewind().unwrap();
    file.into()
}

#[test]
fn bash_completes_names_values_and_commands() {
    offers("bash", "bash.bash");
}

#[test]
fn zsh_completes_names_values_and_commands() {
    offers("zsh", "zsh.zsh");
}

#[test]
fn fish_completes_names_values_and_commands() {
    offers("fish", "fish.fish");
}

#[test]
fn each_script_comes_out_as_it_is_kept() {
    for (shell, file) in [
        ("bash", "oauth2tok.bash"),
        ("zsh", "_oauth2tok"),
        ("fish", "oauth2tok.fish"),
        ("powershell", "_oauth2tok.ps1"),
        ("elvish", "oauth2tok.elv"),
    ] {
        let kept = std::fs::read_to_string(format!("{}/completions/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        oauth2tok().args(["completions", shell]).stdout(kept).run();
    }
}
