//! Messages for which nobody logs in: they get what is kept of the profile's own login, and choose no other.

use std::fs;

use crate::harness::Run;
use crate::harness::browser::simple_login_server;
use crate::login_asks::{alice, logs_in};

/// What a message is told that says so in `member`.
fn refused(number: u64, message: &str, member: &str) -> String {
    format!(
        r#"{{{message},"error":{{"kind":"usage","exit_code":2,"message":"member '{member}': a message cannot choose among the logins that are kept here","causes":[],"hint":"whose login it is, and where, is for the run to say: -p NAME or -u NAME; where the member is not about the token, name those that are: --map MEMBER=SETTING","http_status":null,"endpoint":null,"oauth":null,"line":{number}}}}}"#
    )
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
    #[track_caller]
    fn check(run: &Run, flags: &[&str], message: &str, refusal: Option<&str>) {
        let batch =
            run.clone().args(["batch", "--as-string"]).args(flags).stdin(format!("{{{message}}}\n")).any_stderr();
        match refusal {
            Some(member) => batch.code(2).stdout(refused(1, message, member) + "\n").run(),
            None => batch.stdout_with([format!(r#"{{{message},"token":"{{"#), "tok-1".to_owned()]).run(),
        };
    }
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
