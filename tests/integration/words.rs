//! The words of a command line as people type them: twice, in another program's manner, in the wrong place.

use super::harness::*;

const UNEXPECTED: &str = "error: unexpected word on the command line (not repeated here: it may be part of a secret)\n";

#[test]
fn of_a_flag_given_twice_the_last_one_counts() {
    let (first, second) = (Server::new(), Server::new());
    oauth2tok()
        .args([
            "--token-endpoint",
            &first.url(),
            "-i",
            "a",
            "-a",
            "post",
            "--client-secret",
            "env:A",
            "-o",
            "json",
            "-q",
        ])
        .args([
            "--token-endpoint",
            &second.url(),
            "-i",
            "b",
            "-a",
            "basic",
            "--client-secret",
            "env:B",
            "-o",
            "token",
            "-q",
        ])
        .args(["-s", "x", "-s", "y"])
        .env("A", "secret-a")
        .env("B", "secret-b")
        .prints(TOKEN)
        .run();
    assert_eq!(first.connections(), 0);
    let request = second.request();
    // b:secret-b
    assert_eq!(request.header("Authorization"), Some("Basic YjpzZWNyZXQtYg=="));
    assert_eq!(request.body(), "grant_type=client_credentials&scope=x+y");
    oauth2tok()
        .args(["exec", "--token-file", "/nowhere/a", "--token-file", "./b", "-i", "a", "-i", "ci", "--", "cat", "b"])
        .env("OAUTH2TOK_TOKEN_ENDPOINT", second.url())
        .env("OAUTH2TOK_CLIENT_SECRET", SECRET)
        .stdout(TOKEN)
        .run();
}

#[test]
fn help_before_a_command_is_its_help() {
    for (words, same) in [
        (&["help"][..], &["--help"][..]),
        (&["help", "exec"], &["exec", "--help"]),
        (&["help", "profile", "show"], &["profile", "show", "--help"]),
    ] {
        let help = |words| oauth2tok().args(words).stdout_with(["Usage: oauth2tok"]).run().stdout;
        assert_eq!(help(words), help(same), "{words:?}");
    }
}

#[test]
fn help_is_wrapped_between_words() {
    for command in ["help", "exec", "request", "batch", "import", "profile", "completions"] {
        for width in [60, 80, 132] {
            let run = oauth2tok().env("COLUMNS", width.to_string());
            let run = if command == "help" { run.args(["--help"]) } else { run.args([command, "--help"]) };
            let text = run.stdout_with(["Usage: oauth2tok"]).run().stdout;
            for line in text.lines().filter(|line| line.chars().count() > width) {
                assert!(
                    !line.trim().contains(' ') || line.starts_with("Usage") || line.starts_with("       "),
                    "{line}"
                );
            }
            assert!(text.contains("--error-format"), "{command}");
        }
    }
}

/// "See Secrets below" leads somewhere.
#[test]
fn where_a_secret_is_taken_its_sources_are_explained() {
    for words in [
        &["--help"][..],
        &["exec", "--help"],
        &["request", "--help"],
        &["batch", "--help"],
        &["cache", "list", "--help"],
    ] {
        let text = oauth2tok().args(words).stdout_with(["<SECRET>"]).run().stdout;
        assert!(text.contains("\nSecrets (SECRET above):\n") && text.contains("\n  file:PATH "), "{words:?}");
    }
}

#[test]
fn a_listing_of_kept_tokens_offers_nothing_that_says_how_one_is_fetched() {
    let text = oauth2tok().args(["cache", "list", "-h"]).stdout_with(["--client-id"]).run().stdout;
    for flag in ["--retry", "--min-valid", "--dry-run", "--no-cache", "--proxy"] {
        assert!(!text.contains(flag), "{flag}");
    }
    // An alias of a whole run has them.
    client().args(["cache", "list", "--retry", "1", "--no-cache"]).run();
}

#[test]
fn words_of_other_programs_lead_to_ours() {
    for (words, hint) in [
        (&["version"][..], "'oauth2tok --version' prints the version"),
        (&["get"], "no command is needed: 'oauth2tok -p NAME' prints a token"),
        (&["profile", "get", "prod"], "'oauth2tok profile show NAME' shows a profile"),
        (&["profile", "delete", "prod"], "edit the file that 'oauth2tok profile path' names"),
        (
            &["completion"],
            "did you mean 'completions'? A profile is named with -p NAME, and a value with spaces needs quotes",
        ),
        (
            &["exec", "unknown", "--", "x"],
            "the command comes after '--', and a profile is named with -p NAME: oauth2tok exec [OPTIONS] -- CMD [ARGS]…",
        ),
        (
            &["batch", "messages.ndjson"],
            "the messages come on stdin: oauth2tok batch … < FILE; a profile is named with -p NAME",
        ),
        (
            &["s3cret"],
            "a profile is named with -p NAME; a value with spaces needs quotes; 'oauth2tok -h' lists commands and flags",
        ),
    ] {
        oauth2tok().args(words).fails(2, format!("{UNEXPECTED}hint: {hint}\n")).run();
    }
}

#[test]
fn flags_of_curl_lead_to_those_of_request() {
    for (words, told) in [
        (
            &["-X", "POST", "https://api.example"][..],
            "unknown flag '-X'\nhint: the method stands before the URL: oauth2tok request POST URL\n",
        ),
        (
            &["-i", "https://api.example"],
            "missing: [METHOD] URL\nhint: -i is --client-id here; -o json prints status and header fields\n",
        ),
        (
            &["-s", "https://api.example"],
            "missing: [METHOD] URL\nhint: -s is --scope here; nothing but the answer is printed anyway\n",
        ),
        (
            &["-L", "https://api.example"],
            "unknown flag '-L'\nhint: redirects of GET and HEAD are followed within the origin anyway\n",
        ),
        (
            &["--data-raw", "x", "https://api.example"],
            "unknown flag '--data…'\nhint: -d gives the body: text, @FILE, or @- for stdin\n",
        ),
        (&[], "missing: [METHOD] URL\nhint: 'oauth2tok request -h' lists its flags, '--help' explains them\n"),
    ] {
        oauth2tok().args(["request"]).args(words).fails(2, format!("error: {told}")).run();
    }
}

#[test]
fn the_name_of_a_profile_leads_to_its_flag() {
    let run = || oauth2tok().config("profiles:\n  prod: { client_id: a }\n  test: {}\n");
    for (words, hint) in [
        (&["prod"][..], "name it with -p: oauth2tok -p prod\n"),
        (&["exec", "prod", "--", "x"], "name it with -p: oauth2tok exec -p prod -- CMD [ARGS]…\n"),
        (&["batch", "prod"], "name it with -p: oauth2tok batch -p prod < INPUT\n"),
    ] {
        run().args(words).fails(2, format!("error: 'prod' is a profile, and no command\nhint: {hint}")).run();
    }
    run()
        .fails(
            2,
            "error: token_endpoint or issuer is missing\n\
             hint: name a profile of [HOME]/config/oauth2tok/config.yaml: -p prod, -p test\n",
        )
        .run();
    let many: String = (0..12).map(|n| format!("  p{n}: {{}}\n")).collect();
    oauth2tok()
        .args(["-q"])
        .config(&format!("profiles:\n{many}"))
        .fails(
            2,
            "error: token_endpoint or issuer is missing\n\
             hint: name a profile of [HOME]/config/oauth2tok/config.yaml: -p p0, -p p1, -p p2, -p p3, -p p4, -p p5, -p p6, -p p7, -p p8, -p p9, …\n",
        )
        .run();
}

#[test]
fn a_bare_run_says_how_to_begin() {
    oauth2tok()
        .fails(
            2,
            "error: token_endpoint or issuer is missing\n\
             hint: begin with: oauth2tok --issuer https://login.example.com -i CLIENT_ID --client-secret env:NAME\n\
             hint: or 'oauth2tok profile init' writes a config file to fill in; 'oauth2tok --help' has examples\n",
        )
        .run();
}
