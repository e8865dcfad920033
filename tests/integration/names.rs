//! What stands where the name of a file, a command, a profile or a variable is expected may be the secret itself, by a slip.
//! It is repeated only where there is such a thing: in words, as JSON, and under `-v`.

use super::harness::*;

/// Nothing of it may be seen.
const SLIP: &str = "Xq7canary.Zw-9";

/// The ways in which a run may tell of itself.
const TELLING: [&[&str]; 4] = [&[], &["-v"], &["--error-format", "json"], &["-v", "--error-format", "json"]];

/// A client without a secret, of a server that nobody asks.
fn unsecured() -> Run {
    oauth2tok().args(["-i", ID, "--token-endpoint", "https://127.0.0.1:1/t", "--retry", "0"])
}

/// A run that fails before anything is sent, however it tells of itself.
#[track_caller]
fn check_unseen(run: &Run, told: &str) {
    run.clone().fails(2, told).run();
    for words in TELLING {
        run.clone().args(words).any_output().stdout("").code(2).stderr_without(["canary"]).run();
    }
}

#[test]
fn a_secret_in_the_variable_that_names_its_file_is_not_shown() {
    for (grant, setting) in [
        (&[][..], "client_secret"),
        (&["-g", "password", "-u", "u", "-q"], "password"),
        (&["-g", "refresh_token"], "refresh_token"),
    ] {
        let variable = format!("OAUTH2TOK_{}", setting.to_uppercase());
        let run = unsecured().args(grant).env(&format!("{variable}_FILE"), SLIP);
        let run = if setting == "client_secret" { run } else { run.args(["-a", "none"]) };
        let told = format!(
            "error: cannot read {setting} from the file that env {variable}_FILE names\n\
             caused by: No such file or directory (os error 2)\n\
             hint: {variable}_FILE holds the name of a file; the secret itself goes into {variable} (it is not repeated here)\n"
        );
        check_unseen(&run, &told);
    }
    let told =
        "error: both OAUTH2TOK_CLIENT_SECRET and OAUTH2TOK_CLIENT_SECRET_FILE are set\nhint: unset one of them\n";
    check_unseen(&unsecured().env("OAUTH2TOK_CLIENT_SECRET_FILE", SLIP).env("OAUTH2TOK_CLIENT_SECRET", SLIP), told);
}

#[test]
fn a_source_that_is_not_there_is_not_repeated() {
    let not_repeated = "hint: what names it is not repeated, as it may be the secret itself\n";
    let file = format!(
        "error: cannot read client_secret from the file that flag --client-secret names\n\
         caused by: No such file or directory (os error 2)\n{not_repeated}"
    );
    for path in [SLIP, "/Xq7canary", "~/Xq7canary", "./Xq7/canary", "/tmp/Xq7canary"] {
        check_unseen(&unsecured().args(["--client-secret", &format!("file:{path}")]), &file);
    }
    let other_home = "error: cannot read client_secret from the file that flag --client-secret names\n\
         caused by: only '~' alone or before a '/' is a home directory, and there is no file of that name\n";
    check_unseen(&unsecured().args(["--client-secret", "file:~Xq7canary"]), other_home);
    let command =
        "error: cannot read client_secret from the command that flag --client-secret names\n\
         caused by: there is no such command\n\
         hint: no shell is involved: 'command:' takes a program and its words (what it names is not repeated, as it may be the secret itself)\n"
        .to_owned();
    for words in [SLIP, "/bin/Xq7canary", "Xq7canary show canary"] {
        check_unseen(&unsecured().args(["--client-secret", &format!("command:{words}")]), &command);
    }
    let variable = "error: cannot read client_secret from the variable that flag --client-secret names\n\
         caused by: the environment variable that it names is not set\n\
         hint: what stands behind 'env:' is not repeated, as it may be the secret itself; the name of a variable belongs there\n";
    for name in [SLIP, "Xq7canary", "canary", "canary_canary"] {
        check_unseen(&unsecured().args(["--client-secret", &format!("env:{name}")]), variable);
    }
    let yaml =
        format!("profiles:\n  p:\n    token_endpoint: https://h/\n    client_id: x\n    client_secret: file:{SLIP}\n");
    check_unseen(
        &oauth2tok().config(&yaml).args(["-p", "p"]),
        &file.replace("flag --client-secret", "profile [HOME]/config/oauth2tok/config.yaml:5"),
    );
}

#[test]
fn a_source_that_is_there_is_named() {
    let run = |source: &str| unsecured().file("empty", "").args(["--client-secret", source]);
    let empty = |place: &str| {
        format!(
            "error: cannot read client_secret from {place}\n\
             caused by: {place} gave nothing: the secret is empty\n\
             hint: in CI an empty secret is usually one that the job may not read\n"
        )
    };
    run("file:empty").fails(2, empty("file:empty")).run();
    run("file:~/empty").fails(2, empty("file:~/empty")).run();
    run("command:true").fails(2, empty("command:true")).run();
    run("env:lower").env("lower", "").fails(2, empty("env:lower")).run();
    run("env:CI_SECRET")
        .fails(
            2,
            "error: cannot read client_secret from env:CI_SECRET\n\
             caused by: the environment variable CI_SECRET is not set\n\
             hint: set it: export CI_SECRET=…, or in CI, give the job access to the secret\n",
        )
        .run();
}

#[test]
fn a_file_of_certificates_that_is_not_there_is_not_repeated() {
    let not_there = "(not repeated: it may be a secret): No such file or directory";
    for (words, variable, what) in [
        (&["--cacert", SLIP][..], None, "the CA certificates in"),
        (&["--cert", SLIP], None, "the client certificate in"),
        (&[], Some("SSL_CERT_FILE"), "the CA certificates in"),
        (&[], Some("SSL_CERT_DIR"), "the CA certificates in"),
        (&[], Some("OAUTH2TOK_CACERT"), "the CA certificates in"),
        (&[], Some("OAUTH2TOK_CERT"), "the client certificate in"),
    ] {
        let run = unsecured().args(words).env("OAUTH2TOK_CLIENT_SECRET", SECRET);
        let run = variable.into_iter().fold(run, |run, name| run.env(name, SLIP));
        let message = format!("error: cannot use {what} the given file {not_there}\nhint: ");
        run.clone().fails_with(2, [message.as_str()]).run();
        for words in TELLING {
            run.clone().args(words).any_output().stdout("").code(2).stderr_without(["canary"]).run();
        }
        // Where no TLS is spoken nobody reads them.
        let server = Server::new();
        let run = client_of(server.url()).args(words).args(["-v"]);
        let run = variable.into_iter().fold(run, |run, name| run.env(name, SLIP));
        run.stdout("tok-1\n")
            .stderr_with(["= (not repeated: there is no such file) ("])
            .stderr_without(["canary"])
            .run();
    }
}

#[test]
fn a_file_or_profile_that_is_not_there_is_not_repeated() {
    let server = Server::new();
    let yaml = "profiles:\n  p:\n    token_endpoint: https://h/\n  q:\n    extends: Xq7canary\n";
    let unread = "names cannot be read: No such file or directory (os error 2)\n";
    let word = "error: unexpected word on the command line (not repeated here: it may be part of a secret)\n\
         hint: a profile is named with -p NAME; a value with spaces needs quotes; 'oauth2tok -h' lists commands and flags\n";
    let none = "error: [HOME]/config/oauth2tok/config.yaml: there is no profile of that name\nhint: it holds p, q\n";
    for (words, told) in [
        (&["-p", SLIP][..], none.to_owned()),
        (&["profile", "show", SLIP], none.to_owned()),
        (&["-p", "./Xq7canary"], format!("error: flag --profile: the file it {unread}")),
        (&["-p", "Xq7canary.yaml"], format!("error: flag --profile: the file it {unread}")),
        (&["--config", SLIP], format!("error: flag --config: the file it {unread}")),
        (&["--config", SLIP, "profile", "check"], format!("error: flag --config: the file it {unread}")),
        (&[SLIP], word.to_owned()),
        (&["profile", SLIP], word.replace("oauth2tok -h' lists commands and flags", "oauth2tok profile -h' lists its flags")),
        (
            &["import", "--from", "benthos", SLIP],
            "error: cannot read the given file (not repeated: it may be a secret): No such file or directory (os error 2)\n\
             hint: give a file, or the text on stdin\n"
                .to_owned(),
        ),
    ] {
        check_unseen(&oauth2tok().config(yaml).args(words), &told);
    }
    check_unseen(
        &client_of(server.url()).args(["request", "https://127.0.0.1:1/", "-d", &format!("@{SLIP}")]),
        "error: cannot read the body from the given file (not repeated: it may be a secret): No such file or directory (os error 2)\n\
         hint: -d @FILE names a file, -d @- is stdin\n",
    );
    for words in TELLING {
        let run = oauth2tok().config(yaml).args(["-p", "q"]).args(words);
        run.any_output().stdout("").code(2).stderr_without(["canary"]).run();
        let run = client_of(server.url()).args(["exec"]).args(words).args(["--", SLIP]);
        run.any_output().stdout("").code(127).stderr_without(["canary"]).run();
    }
    client_of(server.url())
        .args(["exec", "--", SLIP])
        .fails(
            127,
            "error: cannot run the given command (not repeated: it may be a secret)\n\
             caused by: No such file or directory (os error 2)\n\
             hint: no shell is involved: the command is a program and its arguments\n",
        )
        .run();
}

#[test]
fn no_word_of_a_command_line_at_fault_is_repeated() {
    let flags = [
        "--output",
        "--auth-method",
        "--grant-type",
        "--error-format",
        "--timeout",
        "--connect-timeout",
        "--retry",
        "--min-valid",
        "--token-endpoint",
        "--issuer",
        "--header",
        "--param",
        "--basic-encoding",
        "--scope",
        "--env-name",
    ];
    for flag in flags {
        let value = if flag == "--scope" || flag == "--grant-type" { "Xq7 \"canary" } else { SLIP };
        for words in [&[][..], &["--error-format", "json"]] {
            let run =
                oauth2tok().args(["-i", ID]).env("OAUTH2TOK_CLIENT_SECRET", SECRET).args(words).args([flag, value]);
            let run = if flag == "--token-endpoint" || flag == "--issuer" {
                run
            } else {
                run.args(["--token-endpoint", "https://127.0.0.1:1/t"])
            };
            run.any_output().stdout("").code_in(&[2, 5]).stderr_without(["canary"]).run();
        }
    }
    for words in [
        &["--Xq7canary"][..],
        &["--Xq7canary=x"],
        &["-zXq7canary"],
        &["help", SLIP],
        &["cache", SLIP],
        &["completions", SLIP],
        &["exec", SLIP],
        &["batch", SLIP],
        &["import", "--from", SLIP, "x"],
        &["batch", "--jobs", SLIP],
        &["batch", "--parts", SLIP],
        &["request", SLIP],
        &["request", "(canary)", "x"],
    ] {
        oauth2tok().args(words).any_output().stdout("").code(2).stderr_without(["canary"]).run();
    }
}
