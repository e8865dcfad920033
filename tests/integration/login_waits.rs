//! What a login has nobody wait for, and what whoever waits is told meanwhile.

use std::fs;

use crate::harness::browser::{Browser, simple_login_server};
use crate::harness::{Ca, needs_setsid};
use crate::login_asks::{alice, at_terminal, logs_in, screen, with_browser};

#[test]
fn a_certificate_to_listen_with_is_read_where_something_is_listened_on() {
    needs_setsid!();
    let server = simple_login_server();
    let (cert, key) = Ca::new("Of the test").here();
    let run = alice(&server, ", cache: true").file("cert.pem", format!("{cert}{key}"));
    logs_in(run.clone(), "tok-1\n");
    let with = |redirect: &str, command: &str| {
        let both = r#"sh -c "echo read >>trace; COMMAND""#.replace("COMMAND", command);
        let more = format!(
            ", cache: true, redirect_uri: '{redirect}', listen_cert: 'command:{both}', listen_key: 'command:{both}'"
        );
        run.clone().config(&fs::read_to_string(alice(&server, &more).config_path()).unwrap())
    };
    let trace = run.path("trace");
    let https = "https://127.0.0.1/cb";
    // A hit, a silent refresh, and a login that begins where nobody uses the certificate.
    for (redirect, flags) in
        [(https, &[][..]), (https, &["--min-valid", "2h"]), ("http://127.0.0.1/cb", &["--force-new"])]
    {
        let (run, browser) = with_browser(with(redirect, "exit 3").args(flags));
        let (mut terminal, running) = at_terminal(run.stdout("tok-1\n"), r#""$@""#);
        if flags == ["--force-new"] {
            browser.begin().comes_back(&[("code", "c")]);
        }
        running.finish();
        let told = screen(&mut terminal);
        assert_eq!(told.contains("warning: the new token lives"), flags == ["--min-valid", "2h"], "{told}");
        assert!(!trace.exists(), "{redirect} {flags:?}: {told}");
    }
    let count = server.count();
    let (failing, browser) = Browser::of(with(https, "exit 3").args(["--force-new"]));
    failing
        .fails(2, "error: cannot read listen_cert from command:sh …\ncaused by: 'sh' failed (exit status: 3)\n")
        .run();
    assert_eq!((server.count(), browser.count()), (count, 0), "nothing is sent");
    assert_eq!(fs::read_to_string(&trace).unwrap(), "read\n");
}
