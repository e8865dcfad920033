//! What `-v` shows of an exchange: what went out and came back as it did, over which connection, and how long it took.

use super::harness::*;

use std::io::Write as _;

/// What a run said from the connection on, its times as `N`.
#[track_caller]
fn exchange(run: Run) -> String {
    let stderr = run.stderr_with([""]).run().stderr;
    let from = stderr.find("* connected").or_else(|| stderr.find("* cannot")).unwrap_or(stderr.len());
    without_times(&stderr[from..])
}

fn without_times(text: &str) -> String {
    let mut words = text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    for at in 1..words.len() {
        let unit = words[at].split([',', '\n']).next().unwrap();
        let is_time = matches!(unit, "ms" | "s");
        if is_time && words[at - 1].parse::<f64>().is_ok() {
            words[at - 1] = "N".into();
        }
    }
    words.join(" ")
}

const POST: &str = "Accept: application/json\n> Accept-Encoding: identity\n> User-Agent: oauth2tok/0.1.0\n\
                    > Content-Type: application/x-www-form-urlencoded\n> Authorization: Basic ***\n> Content-Length: 29\n>\n\
                    > grant_type=client_credentials";

#[test]
fn an_answer_is_shown_as_it_came() {
    let body = r#"{"access_token":"tok-1","token_type":"Bearer"}"#;
    let answer = format!(
        "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 All is WELL\r\nX-MiXed:no blank\r\nX-Token: tok-1\r\nContent-length:  {}\r\n\r\n{body}",
        body.len()
    );
    let server = Server::answering(Answer::raw(answer));
    let authority = server.authority();
    assert_eq!(
        exchange(client_of(server.url()).args(["-v"]).prints(TOKEN)),
        format!(
            "* connected to {authority}\n> POST /token HTTP/1.1\n> Host: {authority}\n> {POST}\n\
             < HTTP/1.1 103 Early Hints\n< X-Early: 1\n<\n\
             < HTTP/1.1 200 All is WELL\n< X-MiXed:no blank\n< X-Token: ***\n< Content-length:  46\n<\n\
             < {{\"access_token\":\"***\",\"token_type\":\"Bearer\"}}\n\
             * time: connect N ms, wait N ms, body N ms, total N ms\n\
             * deviation: the Content-Type is missing instead of application/json (RFC 6749 §5.1)\n",
        )
    );
}

#[test]
fn a_request_is_shown_as_it_went_out() {
    let server = Server::new();
    let run = client_of(format!("{}?Q=%2b", server.url()));
    let shown = exchange(run.args(["-v", "--show-secrets", "-s", "a b", "-H", "X-Mine: Yes"]).prints(TOKEN));
    let shown: Vec<_> = shown.lines().filter_map(|line| line.strip_prefix('>')).map(str::trim_start).collect();
    assert_eq!(shown.join("\r\n"), server.request().to_string());
}

#[test]
fn over_tls_the_connection_is_described() {
    let ca = Ca::new("The CA");
    let config = ca.server_with(|params| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 2);
        params.not_after = rcgen::date_time_ymd(2090, 1, 2);
    });
    let server = Server::tls(config, token());
    let url = format!("https://localhost:{}/token", server.port());
    let shown = exchange(client_of(url).args(["-v", "--cacert", &ca.cacert()]).prints(TOKEN));
    let expected = format!(
        "* connected to 127.0.0.1:{0} for localhost\n* TLS 1.3 with localhost, TLS_AES_256_GCM_SHA384\n\
         * certificate for 127.0.0.1, localhost; issuer The CA; valid 2020-01-02T00:00:00Z to 2090-01-02T00:00:00Z\n\
         > POST /token HTTP/1.1\n> Host: localhost:{0}\n",
        server.port()
    );
    assert_eq!(shown.get(..expected.len()), Some(&*expected), "{shown}");
    assert!(shown.contains("* time: dns N ms, connect N ms, tls N ms, wait N ms, body N ms, total N ms\n"), "{shown}");
}

#[test]
fn what_did_not_go_out_is_not_shown_as_sent() {
    let (_held, port) = server::closed_port();
    let url = format!("http://127.0.0.1:{port}/token");
    let shown = exchange(client_of(url).args(["-v", "--retry", "1"]).code(5).stdout(""));
    assert_eq!(
        shown,
        format!(
            "* cannot connect to 127.0.0.1:{port}: Connection refused\n* retry 1 of 1 in N s\n\
             * cannot connect to 127.0.0.1:{port}: Connection refused\n\
             error: cannot connect to 127.0.0.1:{port}: Connection refused, attempt 2 of 2\n\
             hint: check host and port, and whether this network needs a proxy (HTTPS_PROXY, --proxy)\n"
        )
    );
    // Here TCP was there, and TLS was not.
    let ca = Ca::new("CA");
    let server = Server::tls(ca.server(), token());
    let shown = exchange(client_of(server.url()).args(["-v"]).code(5).stdout(""));
    let address = server.authority();
    assert!(shown.starts_with(&format!("* connected to {address}\n* TLS with 127.0.0.1: ")), "{shown}");
    assert!(!shown.contains("\n> "), "{shown}");
}

#[test]
fn a_proxy_that_forwards_gets_another_first_line() {
    let proxy = Server::new();
    let url = format!("http://u:canary@{}", proxy.authority());
    let run = client_of("http://localhost:1/token").args(["-v", "-x", &url]).prints(TOKEN).stderr_without(["canary"]);
    let shown = exchange(run);
    let expected = format!(
        "* connected to {}\n> POST http://localhost:1/token HTTP/1.1\n> Host: localhost:1\n> Proxy-Authorization: Basic ***\n> Accept: ",
        proxy.authority()
    );
    assert_eq!(shown.get(..expected.len()), Some(&*expected), "{shown}");
    let shown =
        exchange(client_of("http://localhost:1/token").args(["-v", "-x", &url, "--show-secrets"]).prints(TOKEN));
    let shown: Vec<_> = shown.lines().filter_map(|line| line.strip_prefix('>')).map(str::trim_start).collect();
    assert_eq!(shown.join("\r\n"), proxy.requests()[1].to_string());
}

#[test]
fn what_came_is_shown_where_it_is_no_answer() {
    for (answer, shown) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
            "< HTTP/1.1 200 OK\n< Content-Length: 99\n<\n* the answer is ",
        ),
        ("HTTP/1.1 200 OK\r\nX-Half: a\r\nX-Ha", "< HTTP/1.1 200 OK\n< X-Half: a\n< X-Ha\n* the answer is truncated"),
        ("HTTP/1.1 2x0 OK\r\nX-A: b\r\n\r\n", "< HTTP/1.1 2x0 OK\n< X-A: b\n<\n* "),
    ] {
        let server = Server::answering(Answer::raw(answer));
        let said = exchange(client_of(server.url()).args(["-v"]).code(4).stdout(""));
        assert!(said.contains(&format!("\n> grant_type=client_credentials\n{shown}")), "{said}");
    }
}

#[test]
fn a_connection_that_is_used_again_is_told() {
    let server = Server::issuer(|_, _| token());
    let run = client().args(["--issuer", &server.origin(), "-v"]).prints(TOKEN);
    let shown = exchange(run);
    let authority = server.authority();
    assert!(shown.contains(&format!("* connected to {authority}\n> GET /.well-known/")), "{shown}");
    assert!(shown.contains("\n* on a connection that was left over\n> POST /token HTTP/1.1\n"), "{shown}");
    assert!(shown.contains("\n* time: wait N ms, body N ms, total N ms\n"), "{shown}");
}

#[test]
fn an_api_call_is_shown_with_its_time() {
    let idp = Server::new();
    let api = Server::answering(status(200, &["X-Api: yes"], "hello"));
    let shown = exchange(client_of(idp.url()).args(["request", "-v", &api.at("/x")]).stdout("hello"));
    let (_, call) = shown.split_at(shown.rfind("* connected").unwrap());
    let authority = api.authority();
    assert_eq!(
        call,
        format!(
            "* connected to {authority}\n> GET /x HTTP/1.1\n> Host: {authority}\n> Accept: */*\n> Accept-Encoding: identity\n\
             > User-Agent: oauth2tok/0.1.0\n> Authorization: Bearer ***\n< HTTP/1.1 200 OK\n< X-Api: yes\n< Content-Length: 5\n<\n\
             * time: connect N ms, wait N ms, body N ms, total N ms\n"
        )
    );
}

#[test]
fn the_request_is_shown_before_the_answer_is_there() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    let mut running = client_of(url).args(["-v"]).prints(TOKEN).stderr_with([""]).start_piped();
    let (mut stream, _) = listener.accept().unwrap();
    Request::read(&mut stream).unwrap();
    let mut said = String::new();
    let mut stderr = std::io::BufReader::new(running.stderr.take().unwrap());
    while !said.ends_with("> grant_type=client_credentials\n") {
        assert!(std::io::BufRead::read_line(&mut stderr, &mut said).unwrap() > 0, "{said}");
    }
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 43\r\n\r\n{\"access_token\":\"tok-1\",\"token_type\":\"B\"}  ")
        .unwrap();
    drop(stderr);
    running.finish();
}

#[test]
fn a_time_line_is_a_bar_where_colour_is_allowed() {
    let server = Server::new();
    let run = || client_of(server.url()).args(["-v"]).prints(TOKEN);
    // Elsewhere nothing that steers a terminal may be on stderr.
    let elsewhere = ["sh", "-c", "exec \"$0\" \"$@\" 2> \"$HOME/said\""];
    let coloured = run().env("CLICOLOR_FORCE", "1").by(elsewhere);
    let said = coloured.path("said");
    coloured.clone().run();
    let shown = std::fs::read_to_string(said).unwrap();
    let bar = shown.lines().find(|line| line.contains('█')).unwrap();
    assert!(bar.starts_with("*       \u{1b}[36m█"), "{bar:?}");
    assert!((58..=63).contains(&bar.matches('█').count()), "{bar}");
    assert!(!exchange(run()).contains('█'));
    assert!(!exchange(run().env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")).contains('█'));
}

#[test]
fn of_a_jwt_that_came_is_told_whom_it_is_for_and_until_when_and_nothing_else() {
    let exp = jwt::now() + 3600;
    let claims = serde_json::json!({
        "iss": "https://idp.example", "aud": ["a", "b"], "client_id": "ci", "scp": "r w", "exp": exp,
        "sub": "ada", "email": "ada@example.com",
    });
    let id_token = jwt::unsigned(&serde_json::json!({ "iss": "https://idp.example", "azp": "ci", "name": "Ada" }));
    let token = jwt::unsigned(&claims);
    let server = Server::answering(token_with(&token, &format!(r#","id_token":"{id_token}","expires_in":3600"#)));
    let run = client_of(server.url()).args(["--cache"]).stdout(format!("{token}\n"));
    let expected =
        "\n* access_token: a JWT, not verified; iss https://idp.example; aud a b; client_id ci; scp r w; exp 2";
    // Also where it was kept.
    for _ in 0..2 {
        let told = run.clone().args(["-v"]).stderr_with([expected]).run().stderr;
        let line = told.lines().find(|line| line.starts_with("* access_token: ")).unwrap();
        assert!(line.ends_with(" UTC (in 59 min)") || line.ends_with(" UTC (in 1 h)"), "{line}");
        assert!(told.contains("\n* id_token: a JWT, not verified; iss https://idp.example; azp ci\n"), "{told}");
        assert!(!told.contains("ada") && !told.contains("Ada") && !told.contains(&token), "{told}");
    }
    run.run();
    assert_eq!(server.count(), 1);
    let opaque = Server::new();
    let run = client_of(opaque.url()).args(["-v"]).prints("tok-1").any_stderr();
    assert!(!run.run().stderr.contains("a JWT"));
}
