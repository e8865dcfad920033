//! `login --begin` and `login --finish`: a login for whom no process can wait.

use serde_json::Value;

use super::harness::browser::profile;
use super::harness::*;

/// A server that says this to who trades a code.
fn server(token: fn() -> Answer) -> Server {
    Server::scripted(move |_, request| match request.target() {
        "/device" => json(
            200,
            r#"{"device_code":"dev1ce","user_code":"WDJB-MJHT","verification_uri":"https://idp.example/device","expires_in":300,"interval":1}"#,
        ),
        "/token" => token(),
        _ => {
            let origin = request.origin();
            json(
                200,
                &format!(
                    r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token","authorization_endpoint":"{origin}/authorize","device_authorization_endpoint":"{origin}/device"}}"#
                ),
            )
        }
    })
}

fn good() -> Answer {
    token_with("tok-1", r#","expires_in":3600,"refresh_token":"ref-1""#)
}

fn begun(run: &Run, words: &[&str]) -> Value {
    let printed = run.clone().args(["login", "-p", "p", "--begin"]).args(words).any_stdout().run().stdout;
    assert!(printed.ends_with("}\n") && printed.lines().count() == 1, "{printed}");
    serde_json::from_str(&printed).unwrap()
}

fn finish(run: &Run, id: &Value) -> Run {
    run.clone().args(["login", "-p", "p", "--finish", id["id"].as_str().unwrap()])
}

/// Where the browser ends, with this answer.
fn ended(begun: &Value, answer: &str) -> String {
    let (_, query) = begun["url"].as_str().unwrap().split_once('?').unwrap();
    let state = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "state").unwrap().1.into_owned();
    format!("{}?{answer}&state={state}\n", begun["redirect_uri"].as_str().unwrap())
}

fn posts(server: &Server) -> usize {
    server.requests().iter().filter(|request| request.target() == "/token").count()
}

#[test]
fn what_was_begun_in_one_run_is_finished_in_another_and_kept() {
    let server = server(good);
    let run = profile(&server, ", scope: mail");
    let login = begun(&run, &[]);
    let names: Vec<_> = login.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["expires_at", "id", "redirect_uri", "url"]);
    assert!(login["url"].as_str().unwrap().starts_with(&format!("{}/authorize?response_type=code", server.origin())));
    let redirect_uri = login["redirect_uri"].as_str().unwrap();
    assert!(redirect_uri.starts_with("http://127.0.0.1:") && redirect_uri.ends_with("/callback"), "{redirect_uri}");

    let nothing_sent = "hint: nothing was sent: give the whole address where the browser ended to oauth2tok login --finish once more\n";
    for (wrong, why) in [
        ("", "nothing was pasted"),
        ("code=c0de&state=other", "it is not the answer to this login"),
        ("c0de", "a code alone does not tell which login it belongs to: the whole address is needed"),
    ] {
        finish(&run, &login)
            .stdin(wrong)
            .fails(4, format!("error: the login is not finished: {why}\n{nothing_sent}"))
            .run();
    }
    finish(&run, &login)
        .args(["-s", "other"])
        .stdin(ended(&login, "code=c0de"))
        .fails(2, "error: the login was begun with other settings\nhint: give --finish the profile and the flags that --begin had: client, server, endpoints, scope\n")
        .run();
    assert_eq!(posts(&server), 0);

    let answer = ended(&login, "code=c0de");
    let told = finish(&run, &login).stdin(&*answer).args(["-o", "token"]).stdout("tok-1\n");
    told.stderr_with([format!("note: logged in at {}, good until ", server.origin())]).run();
    let traded = server.requests().into_iter().find(|request| request.target() == "/token").unwrap();
    assert_eq!(traded.field("redirect_uri").as_deref(), Some(redirect_uri));
    assert_eq!((traded.field("code").as_deref(), traded.field("code_verifier").unwrap().len()), (Some("c0de"), 43));
    run.clone().args(["-p", "p"]).stdout("tok-1\n").run();
    finish(&run, &login)
        .stdin(answer)
        .fails(9, "error: no login can be finished: there is none of this id: it was never begun here, or was used already\nhint: begin one: oauth2tok login --begin\n")
        .run();
    assert_eq!(posts(&server), 1);
}

#[test]
fn an_error_with_the_right_state_uses_the_login_up() {
    let server = server(good);
    let run = profile(&server, ", scope: mail");
    let login = begun(&run, &[]);
    let denied = finish(&run, &login).stdin(ended(&login, "error=access_denied")).code(3).any_output().run();
    assert!(denied.stderr.contains("access_denied"), "{denied:?}");
    finish(&run, &login).stdin(ended(&login, "code=c0de")).code(9).any_output().run();
    assert_eq!(posts(&server), 0);
}

#[test]
fn a_code_is_polled_for_in_the_second_step() {
    let server = server(good);
    let run = profile(&server, ", scope: mail");
    let login = begun(&run, &["--device"]);
    assert_eq!(
        (&login["user_code"], &login["verification_uri"]),
        (&"WDJB-MJHT".into(), &"https://idp.example/device".into())
    );
    assert_eq!(posts(&server), 0);
    finish(&run, &login).args(["--device", "-q"]).run();
    run.clone().args(["-p", "p"]).stdout("tok-1\n").run();
    finish(&run, &login).args(["--device"]).code(9).any_output().run();

    let denies = self::server(|| json(400, r#"{"error":"access_denied"}"#));
    let run = profile(&denies, ", scope: mail");
    let login = begun(&run, &["--device"]);
    finish(&run, &login).args(["--device"]).code(3).any_output().run();
    finish(&run, &login).args(["--device"]).code(9).any_output().run();
    assert_eq!(posts(&denies), 1);
}

#[test]
fn what_does_not_go_with_two_steps_is_refused() {
    let server = server(good);
    let run = profile(&server, ", scope: mail");
    let login = |words: &[&str]| run.clone().args(["login", "-p", "p"]).args(words);
    login(&["--begin", "-o", "json"])
        .fails(2, "error: --begin prints a JSON object, whatever --output, --field and --wrap say\nhint: give them to --finish\n")
        .run();
    login(&["--begin"])
        .env("OAUTH2TOK_PKCE", "false")
        .fails(2, "error: a login in two steps needs PKCE: whoever sees the address could use it\nhint: leave pkce: false out (pkce: null, or OAUTH2TOK_PKCE=)\n")
        .run();
    login(&["--begin", "--finish", "x"]).fails_with(2, ["error: --begin and --finish exclude each other\n"]).run();
    let begun = begun(&run, &[]);
    finish(&run, &begun)
        .env("OAUTH2TOK_CACHE_SECRET", "c4che-s3cret")
        .stdin(ended(&begun, "code=c0de"))
        .fails(9, "error: no login can be finished: it was begun with another cache_secret\nhint: begin one: oauth2tok login --begin\n")
        .run();
    assert_eq!(posts(&server), 0);
}
