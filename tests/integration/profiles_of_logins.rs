//! `profile add` with grants that ask a person: nobody is asked for it.

use super::harness::browser::{in_two_steps, posted, simple_login_server};
use super::harness::*;

#[test]
fn a_profile_of_somebody_who_has_not_logged_in_yet_is_added_with_the_command_that_logs_in() {
    let server = simple_login_server();
    let (issuer, endpoint) = (server.origin(), server.url());
    for (words, grant, file) in [
        (["--issuer", &issuer], "authorization_code", None),
        (["--issuer", &issuer], "device_code", Some("own.yaml")),
        (["--token-endpoint", &endpoint], "authorization_code", None),
    ] {
        // Not even where somebody could be asked.
        let run = oauth2tok().env("OAUTH2TOK_LOGIN", "always").env("OAUTH2TOK_BROWSER", "none");
        let run = run.env("OAUTH2TOK_AUTHORIZATION_ENDPOINT", server.at("/authorize"));
        let config: Vec<_> = file.into_iter().flat_map(|file| ["--config", file]).collect();
        let count = posted(&server).len();
        let add = run.clone().args(["profile", "add", "p"]).args(&config).args(words);
        let (place, config_text) = match file {
            Some(file) => (file.to_owned(), format!("--config {file} ")),
            None => ("[HOME]/config/oauth2tok/config.yaml".to_owned(), String::new()),
        };
        add.args(["-i", "app", "-g", grant, "-s", "mail"])
            .stdout_with([".yaml\n"])
            .stderr(format!(
                "note: what these variables say is no part of the profile: OAUTH2TOK_AUTHORIZATION_ENDPOINT, OAUTH2TOK_BROWSER, OAUTH2TOK_LOGIN\n\
                 note: {place} holds the profile: 'oauth2tok login {config_text}-p p' logs in\n"
            ))
            .run();
        assert_eq!(posted(&server).len(), count, "nobody is asked, and no token is asked for");
        let file = run.path(file.unwrap_or("config/oauth2tok/config.yaml"));
        assert!(std::fs::read_to_string(file).unwrap().contains(&format!("    grant_type: {grant}\n")));
        // What is told logs in.
        if grant == "authorization_code" {
            in_two_steps(&run, &["-p", "p", "-q"]).0.run();
            run.without("OAUTH2TOK_LOGIN").args(["-p", "p"]).prints("tok-1").run();
        }
    }
}

#[test]
fn what_the_server_does_not_know_is_found_before_it_is_added() {
    let server = Server::answering(json(404, ""));
    let run = oauth2tok().args(["profile", "add", "p", "--issuer", &server.origin(), "-i", "app"]);
    let run = run.args(["-g", "authorization_code"]);
    let config = run.config_path();
    let _home = run.its_home();
    run.fails_with(4, ["error: "]).run();
    assert!(!config.exists());
}

#[test]
fn a_server_without_a_place_to_log_in_at_is_found_before_the_profile_is_added() {
    let server = Server::scripted(|_, request| {
        let origin = request.origin();
        let metadata = format!(
            r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token","authorization_endpoint":"{origin}/authorize"}}"#
        );
        json(200, &metadata)
    });
    let run = oauth2tok().args(["profile", "add", "p", "--issuer", &server.origin(), "-i", "app"]);
    let config = run.config_path();
    let _home = run.its_home();
    run.args(["-g", "device_code"])
        .fails(
            4,
            format!(
                "error: {} names no device_authorization_endpoint\n\
                 hint: if the server has one, write device_authorization_endpoint: URL\n",
                server.origin()
            ),
        )
        .run();
    assert!(!config.exists());
}
