//! Messages for which nobody logs in: they get what is kept of the profile's own login, and choose no other.

use std::fs;

use crate::harness::Run;
use crate::harness::browser::simple_login_server;
use crate::login_asks::{alice, logs_in};

/// What a message is told that says so in `member`.
fn refused(number: u64, message: &str, member: &str) -> String {
    format!(
        r#"{{{message},"error":{{"kind":"usage","exit_code":2,"message":"member '{member}': a message cannot choose among the logins that are kept here","causes":[],"hint":"which login it is, is for the run to say: -p NAME, -u NAME or -s SCOPE; where the member is not about the token, name those that are: --map MEMBER=SETTING","http_status":null,"endpoint":null,"oauth":null,"line":{number}}}}}"#
    )
}

/// What comes of a message: the login of the run, or that `refusal` is a member which chooses another.
#[track_caller]
fn check(run: &Run, flags: &[&str], message: &str, refusal: Option<&str>) {
    let batch = run.clone().args(["batch", "--as-string"]).args(flags).stdin(format!("{{{message}}}\n")).any_stderr();
    match refusal {
        Some(member) => batch.code(2).stdout(refused(1, message, member) + "\n").run(),
        None => batch.stdout_with([format!(r#"{{{message},"token":"{{"#), "tok-1".to_owned()]).run(),
    };
}

#[test]
fn a_message_chooses_no_login_that_is_kept() {
    let (server, other) = (simple_login_server(), simple_login_server());
    let run = alice(&server, ", cache: true, username: ada");
    logs_in(run.clone(), "tok-1\n");
    logs_in(run.clone().args(["-u", "bob"]), "tok-1\n");
    logs_in(run.clone().args(["-i", "admin"]), "tok-1\n");
    logs_in(run.clone().args(["--issuer", &other.origin()]), "tok-1\n");
    let counts = (server.count(), other.count());
    let elsewhere = format!(r#""i":"{}""#, other.origin());
    let here = format!(r#""i":"{}""#, server.origin());
    // What it says is what the run says.
    check(&run, &[], r#""username":"ada","client_id":"app""#, None);
    check(&run, &["--map", "i=issuer"], &here, None);
    check(&run, &["--map", "x=scope"], r#""username":"bob""#, None);
    check(&run.clone().args(["-u", "bob"]), &[], r#""username":"bob""#, None);
    check(&run, &[], r#""username":"bob""#, Some("username"));
    check(&run, &["--map", "who=username"], r#""who":"bob""#, Some("who"));
    check(&run, &[], r#""client_id":"admin""#, Some("client_id"));
    check(&run, &["--map", "i=issuer"], &elsewhere, Some("i"));
    check(&run, &["--map", "i=issuer", "--map", "u=username"], &format!(r#"{elsewhere},"u":"ada""#), Some("i"));
    // Nor does it where the profile logs nobody in.
    let text = fs::read_to_string(run.config_path()).unwrap().replace("authorization_code", "client_credentials");
    let machine = run.clone().config(&text.replace(", username: ada", ""));
    check(&machine, &["--map", "g=grant_type"], r#""g":"authorization_code""#, Some("g"));
    check(&machine, &["--map", "g=grant_type"], r#""g":"device_code""#, Some("g"));
    assert_eq!((server.count(), other.count()), counts, "nothing is sent");
}

#[test]
fn nothing_a_message_says_leads_to_another_login_of_the_same_person_or_client() {
    let server = simple_login_server();
    let run = alice(&server, ", scope: read write, audience: [api], resource: ['https://r.example/'], cache: true");
    logs_in(run.clone(), "tok-1\n");
    for other in [
        &["-s", "admin"][..],
        &["-s", "read"],
        &["--audience", "admin"],
        &["--resource", "https://admin.example/"],
        &["--client-secret", "s3cret"],
        &["--client-secret", "s3cret", "--auth-method", "client_secret_post"],
    ] {
        logs_in(run.clone().args(other), "tok-1\n");
    }
    let count = server.count();
    // The same, in other words.
    check(&run, &[], r#""scope":"read write","audience":"api","resource":["https://r.example/"]"#, None);
    check(&run, &[], r#""scope":["write","read write"]"#, None);
    check(&run, &["--map", "s=scope"], r#""scope":"admin""#, None);
    check(&run.clone().args(["-s", "admin"]), &[], r#""scope":"admin""#, None);
    let secret = run.clone().env("S", "s3cret").args(["--client-secret", "env:S"]);
    check(&secret, &[], r#""client_secret":"s3cret""#, None);
    check(&secret, &[], r#""client_secret":"other""#, Some("client_secret"));
    // Another one, whether it is kept or not.
    for (member, value) in [
        ("scope", r#""admin""#),
        ("scope", r#""read""#),
        ("scope", r#"[]"#),
        ("scope", r#""read write never""#),
        ("audience", r#""admin""#),
        ("audience", r#"["api","admin"]"#),
        ("resource", r#""https://admin.example/""#),
        ("client_secret", r#""s3cret""#),
    ] {
        check(&run, &[], &format!(r#""{member}":{value}"#), Some(member));
        check(&run, &["--map", &format!("m={member}")], &format!(r#""m":{value}"#), Some("m"));
    }
    check(&run, &["--map", "m=client_assertion"], r#""m":"a.b.c""#, Some("m"));
    check(&run, &["--map", "m=token_endpoint"], &format!(r#""m":"{}/token""#, server.origin()), Some("m"));
    assert_eq!(server.count(), count, "nothing is sent");
}

#[test]
fn whoever_is_to_log_in_is_told_nothing_in_the_words_of_a_message() {
    let server = simple_login_server();
    let run = alice(&server, ", scope: read write, username: ada").args(["batch", "-o", "token"]);
    let told = |line: &str, command: &str| {
        format!(
            "* input line 1\nerror: a person must log in: no login is kept\n\
             caused by: nobody is asked: this command asks nobody\nhint: {command}\n{line}"
        )
    };
    let last = "error: 1 of 1 messages failed\nhint: each of them is told above and left an empty line; the exit code is the highest among them\n";
    for (flags, message, command) in [
        (&[][..], r#"{"username":"ada","client_id":"app"}"#, "oauth2tok login -p alice"),
        (&[], r#"{"scope":"write read"}"#, "oauth2tok login -p alice"),
        (&["-s", "b a"], r#"{"scope":"a b"}"#, "oauth2tok login -p alice -s 'b a'"),
        (&["-s", "a"], r#"{"scope":"a","username":"ada"}"#, "oauth2tok login -p alice -s a"),
    ] {
        run.clone().args(flags).stdin(format!("{message}\n")).fails(9, told(last, command)).stdout("\n").run();
    }
    assert_eq!(server.count(), 0);
}
