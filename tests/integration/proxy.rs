//! Which proxy is used, and what it gets to see (T16, F42).

use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use super::harness::*;

/// A proxy that opens tunnels and forwards requests, and remembers what it was asked for.
struct Proxy {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Proxy {
    fn new() -> Self {
        Self::answering("HTTP/1.1 200 Connection established\r\n\r\n")
    }

    fn answering(answer: &'static str) -> Self {
        use std::io::Write;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self { port: listener.local_addr().unwrap().port(), requests: Arc::default() };
        let requests = Arc::clone(&proxy.requests);
        std::thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                let requests = Arc::clone(&requests);
                std::thread::spawn(move || {
                    let Some(request) = Request::read(&mut client) else { return };
                    let target = request.target().to_owned();
                    requests.lock().unwrap().push(request.clone());
                    if !answer.starts_with("HTTP/1.1 200") {
                        client.write_all(answer.as_bytes()).unwrap();
                        let _ = client.shutdown(std::net::Shutdown::Write);
                        let _ = std::io::copy(&mut client, &mut std::io::sink());
                    } else if let Some((authority, _)) = target.strip_prefix("http://").and_then(|t| t.split_once('/'))
                    {
                        let mut server = TcpStream::connect(authority).unwrap();
                        server.write_all(request.replacen(&format!("http://{authority}"), "", 1).as_bytes()).unwrap();
                        pump(client, server);
                    } else {
                        client.write_all(answer.as_bytes()).unwrap();
                        pump(client, TcpStream::connect(target).unwrap());
                    }
                });
            }
        });
        proxy
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

pub fn pump(client: TcpStream, server: TcpStream) {
    let (mut a, mut b) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (mut c, mut d) = (server, client);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut a, &mut b);
        let _ = b.shutdown(std::net::Shutdown::Write);
    });
    let _ = std::io::copy(&mut c, &mut d);
    let _ = d.shutdown(std::net::Shutdown::Write);
}

/// A server over TLS and the words that make it trusted.
fn secure() -> (Server, Ca) {
    let ca = Ca::new("CA");
    (Server::tls(ca.server(), token()), ca)
}

#[test]
fn the_proxy_sees_its_own_credentials_and_nothing_else() {
    let (server, ca) = secure();
    let proxy = Proxy::new();
    let url = format!("http://us%40er:p%3Aw-canary@127.0.0.1:{}", proxy.port);
    client_of(server.url())
        .args(["--cacert", &ca.cacert(), "--proxy", &url, "-v"])
        .stdout("tok-1\n")
        .stderr_with(["* proxy = http://***@127.0.0.1"])
        .stderr_without(["canary", "us%40er", "us@er"])
        .run();
    let requests = proxy.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].starts_with(&format!("CONNECT {} HTTP/1.1\r\n", server.authority())), "{}", requests[0]);
    // base64 of us@er:p:w-canary
    assert_eq!(requests[0].header("Proxy-Authorization"), Some("Basic dXNAZXI6cDp3LWNhbmFyeQ=="));
    assert_eq!(requests[0].header("Authorization"), None);
    assert_eq!(requests[0].body(), "");
    let request = server.request();
    assert_eq!(request.header("Proxy-Authorization"), None);
    assert!(request.header("Authorization").is_some());
}

#[test]
fn each_scheme_has_its_variable() {
    let (https, ca) = secure();
    let http = Server::new();
    let run = |url: String| client_of(url).args(["--cacert", &ca.cacert()]).prints(TOKEN);
    for (name, by_https, by_http) in [
        ("HTTPS_PROXY", 1, 0),
        ("https_proxy", 1, 0),
        ("HTTP_PROXY", 0, 1),
        ("http_proxy", 0, 1),
        ("ALL_PROXY", 1, 1),
        ("all_proxy", 1, 1),
        ("OAUTH2TOK_PROXY", 1, 1),
    ] {
        let proxy = Proxy::new();
        run(https.url()).env(name, proxy.url()).run();
        assert_eq!(proxy.requests().len(), by_https, "{name} for https");
        run(http.url().replace("127.0.0.1", "localhost")).env(name, proxy.url()).run();
        assert_eq!(proxy.requests().len() - by_https, by_http, "{name} for http");
    }
}

#[test]
fn a_plain_request_is_forwarded_with_the_proxys_credentials_on_it() {
    // F42
    let server = Server::new();
    let proxy = Proxy::new();
    client_of(server.url()).args(["-x", &format!("http://me:canary@127.0.0.1:{}", proxy.port)]).prints(TOKEN).run();
    let request = &proxy.requests()[0];
    assert!(request.starts_with(&format!("POST {} HTTP/1.1\r\nHost: {}\r\n", server.url(), server.authority())));
    // base64 of me:canary
    assert_eq!(request.header("Proxy-Authorization"), Some("Basic bWU6Y2FuYXJ5"));
    let refusing = Proxy::answering("HTTP/1.1 407 X\r\nContent-Length: 26\r\n\r\n{\"error\":\"invalid_client\"}");
    client_of(server.url())
        .args(["--retry", "3"])
        .env("HTTP_PROXY", refusing.url())
        .fails(
            5,
            "error: the proxy http://127.0.0.1:[PORT] wants credentials (HTTP 407)\n\
             hint: put the proxy's user name and password into HTTP_PROXY, like http://USER:PASSWORD@HOST:PORT; list the host in NO_PROXY if it is to be reached directly\n",
        )
        .stderr_without(["invalid_client"])
        .run();
    assert_eq!((refusing.requests().len(), server.requests().len()), (1, 1));
}

#[test]
fn t02_a_proxy_elsewhere_never_sees_what_is_for_this_machine() {
    let (https, ca) = secure();
    let http = Server::new();
    let run = |url: String| client_of(url).args(["--cacert", &ca.cacert()]);
    let mut expected = 0;
    for scheme in ["http", "https", "socks5h"] {
        let far = format!("{scheme}://me:canary@proxy.invalid:3128");
        let told = |name: &str, host: &str| {
            format!(
                "* {name} = {scheme}://proxy.invalid:3128 is passed over: {host} is this machine, and the proxy is not"
            )
        };
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "OAUTH2TOK_PROXY"] {
            let by_name = http.url().replace("127.0.0.1", "idp.localhost");
            run(by_name).env(name, &far).prints(TOKEN).run();
            run(https.url()).env(name, &far).prints(TOKEN).run();
            expected += 1;
        }
        for (server, name, host) in [
            (&http, "HTTP_PROXY", "127.0.0.1"),
            (&https, "HTTPS_PROXY", "127.0.0.1"),
            (&http, "ALL_PROXY", "127.0.0.1"),
            (&https, "OAUTH2TOK_PROXY", "127.0.0.1"),
        ] {
            run(server.url())
                .env(name, &far)
                .args(["-v"])
                .stdout("tok-1\n")
                .stderr_with([told(name, host)])
                .stderr_without(["canary"])
                .run();
        }
        run(http.url())
            .args(["-x", &far])
            .fails_with(
                2,
                [
                    format!("error: the proxy {scheme}://proxy.invalid:3128 is not on this machine"),
                    "hint: use no proxy for this server: --proxy ''".to_owned(),
                ],
            )
            .stderr_without(["canary"])
            .run();
    }
    assert_eq!((http.requests().len(), https.requests().len()), (expected + 6, expected + 6));
}

#[test]
fn no_proxy_names_hosts_to_reach_directly() {
    let (server, ca) = secure();
    let plain = Server::new();
    for (list, through) in [
        ("127.0.0.1", 0),
        ("other, 127.0.0.1", 0),
        ("*", 0),
        ("127.0.0.0/8", 0),
        ("other,example.com", 1),
        ("27.0.0.1", 1),
        ("", 1),
    ] {
        for name in ["NO_PROXY", "no_proxy"] {
            let proxy = Proxy::new();
            client_of(server.url())
                .args(["--cacert", &ca.cacert()])
                .env("HTTPS_PROXY", proxy.url())
                .env(name, list)
                .prints(TOKEN)
                .run();
            client_of(plain.url()).env("HTTP_PROXY", proxy.url()).env(name, list).prints(TOKEN).run();
            assert_eq!(proxy.requests().len(), 2 * through, "{name}={list}");
        }
    }
}

#[test]
fn an_empty_proxy_is_none() {
    let (server, ca) = secure();
    let proxy = Proxy::new();
    client_of(server.url())
        .args(["--cacert", &ca.cacert(), "--proxy", ""])
        .env("HTTPS_PROXY", proxy.url())
        .prints(TOKEN)
        .run();
    assert_eq!(proxy.requests().len(), 0);
}

#[test]
fn a_proxy_that_wants_credentials_is_no_token_error() {
    // F42
    let (server, ca) = secure();
    let body = r#"{"error":"invalid_client","access_token":"forged"}"#;
    let answer = format!(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .leak();
    let proxy = Proxy::answering(answer);
    let run = |url: String| client_of(server.url()).args(["--cacert", &ca.cacert(), "--retry", "3", "--proxy", &url]);
    run(proxy.url())
        .fails(
            5,
            "error: the proxy http://127.0.0.1:[PORT] wants credentials (HTTP 407)\n\
             hint: put the proxy's user name and password into --proxy, like http://USER:PASSWORD@HOST:PORT; --proxy '' uses none\n",
        )
        .stderr_without(["invalid_client"])
        .run();
    let with = proxy.url().replace("://", "://u:canary@");
    run(with)
        .fails(
            5,
            "error: the proxy http://127.0.0.1:[PORT] did not accept its credentials (HTTP 407)\n\
             hint: check user name and password in --proxy; special characters must be percent-encoded there: %23 for #, %2F for /, %3F for ?, %40 for @, %25 for %\n",
        )
        .stderr_without(["canary"])
        .run();
    assert_eq!((proxy.requests().len(), server.connections()), (2, 0));
}

#[test]
fn a_proxy_that_refuses_is_told_as_the_proxy() {
    let (server, ca) = secure();
    for (answer, status) in [
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "403 Forbidden"),
        ("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "502 Bad Gateway"),
        ("HTTP/1.1 302 Found\r\nLocation: http://evil/\r\n\r\n", "302 Found"),
    ] {
        let proxy = Proxy::answering(answer);
        client_of(server.url())
            .args(["--cacert", &ca.cacert(), "--retry", "0", "--proxy", &proxy.url()])
            .fails(
                5,
                format!(
                    "error: the proxy http://127.0.0.1:[PORT] refused to connect to 127.0.0.1:[PORT]: it answered HTTP/1.1 \
                     {status}\n\
                     hint: the proxy may not be meant for this host: --proxy '' uses none\n"
                ),
            )
            .run();
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_bad_proxy_value_is_refused_and_never_a_direct_connection() {
    let (server, ca) = secure();
    let run = || client_of(server.url()).args(["--cacert", &ca.cacert()]);
    let scheme = "its scheme is none of http, https, socks4, socks4a, socks5, socks5h";
    for (value, why) in [
        ("http://", "its host or port is malformed"),
        ("gopher://x:1", scheme),
        ("http://x:99999", "its port is malformed"),
        ("://", scheme),
        ("http://a b:1", "its host or port is malformed"),
        ("http://x:1/path?canary", "it has a path"),
    ] {
        let error = |name: &str| {
            format!("error: {name} is not a proxy URL: {why}\nhint: write it like http://proxy.example.com:3128\n")
        };
        run().args(["--proxy", value]).fails(2, error("--proxy")).stderr_without(["canary"]).run();
        run().env("HTTPS_PROXY", value).fails(2, error("HTTPS_PROXY")).stderr_without(["canary"]).run();
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_character_that_ends_a_proxys_user_name_is_told_without_showing_it() {
    let server = Server::new();
    for value in ["http://u:s#canary@proxy.test:1", "http://u:s/canary@proxy.test:1", "socks5://u:1?canary@proxy.test"]
    {
        for name in ["--proxy", "OAUTH2TOK_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
            let run = client_of(server.url());
            let run = if name == "--proxy" { run.args([name, value]) } else { run.env(name, value) };
            run.fails(
                2,
                format!(
                    "error: {name} is not a proxy URL: a '#', '/' or '?' in its user name or password is not percent-encoded\n\
                     hint: special characters must be percent-encoded there: %23 for #, %2F for /, %3F for ?, %40 for @, %25 for %\n"
                ),
            )
            .stderr_without(["canary"])
            .run();
        }
    }
    client_of(server.url())
        .args(["-v", "-x", "http://u:s#canary@h:1"])
        .any_output()
        .code(2)
        .stderr_without(["canary"])
        .run();
}

#[test]
fn a_proxy_that_takes_no_basic_is_told_with_what_it_takes() {
    let (server, ca) = secure();
    let proxy = Proxy::answering(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\nproxy-authenticate: NTLM\r\n\r\n",
    );
    let plain = Server::new().url();
    for (url, words) in [(server.url(), "HTTPS_PROXY"), (plain, "HTTP_PROXY")] {
        client_of(url)
            .args(["--cacert", &ca.cacert()])
            .env(words, proxy.url())
            .fails(
                5,
                format!(
                    "error: the proxy http://127.0.0.1:[PORT] takes Negotiate and NTLM alone, and oauth2tok has Basic (HTTP 407)\n\
                     hint: run a relay on this machine that speaks Negotiate or NTLM to the proxy (cntlm, px), and let {words} name that\n\
                     hint: or go without: list the host in NO_PROXY if it is to be reached directly\n"
                ),
            )
            .run();
    }
}

#[test]
fn trouble_with_a_proxy_names_what_names_it() {
    let (_held, port) = server::closed_port();
    let url = format!("http://127.0.0.1:{port}");
    let (flags, variables) = ("--proxy '' uses none", "list the host in NO_PROXY if it is to be reached directly");
    let run = || client_of("https://127.0.0.1:1/token").args(["--retry", "0"]);
    for (run, setting, without) in [
        (run().args(["-x", &url]), "--proxy", flags),
        (run().env("OAUTH2TOK_PROXY", &url), "OAUTH2TOK_PROXY", flags),
        (run().env("HTTPS_PROXY", &url), "HTTPS_PROXY", variables),
        (run().env("ALL_PROXY", &url), "ALL_PROXY", variables),
        (
            run().config(&format!("profiles: {{ p: {{ proxy: '{url}' }} }}\n")).args(["-p", "p"]),
            "the profile's proxy",
            flags,
        ),
    ] {
        run.fails(
            5,
            format!(
                "error: proxy http://127.0.0.1:[PORT]: cannot connect to 127.0.0.1:[PORT]: Connection refused\n\
                 hint: check {setting}, which names the proxy; {without}\n"
            ),
        )
        .run();
    }
}

#[test]
fn tls_to_a_proxy_that_speaks_http_is_told_as_the_proxys() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        use std::io::Write as _;
        let mut stream = listener.accept().unwrap().0;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    client_of("https://127.0.0.1:1/token")
        .args(["-x", &format!("https://{address}")])
        .fails(
            5,
            "error: proxy https://127.0.0.1:[PORT]: TLS with 127.0.0.1: the server speaks plain http on this port, not TLS\n\
             hint: write the proxy as http://127.0.0.1:[PORT]: https:// in a proxy's URL means TLS to the proxy itself\n",
        )
        .run();
}

#[test]
fn a_cgi_requests_header_is_no_proxy() {
    // httpoxy
    let server = Server::new();
    let proxy = Proxy::new();
    client_of(server.url()).env("REQUEST_METHOD", "GET").env("HTTP_PROXY", proxy.url()).prints(TOKEN).run();
    assert_eq!(proxy.requests().len(), 0);
}

#[test]
fn a_proxy_that_echoes_its_credentials_brings_them_out_nowhere() {
    const USER: &str = "proxy-us3r";
    const PASSWORD: &str = "pr0xy/pAss+word:canary";
    let (server, ca) = secure();
    let plain = Server::new();
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("{USER}:{PASSWORD}"));
    let percent = "pr0xy%2FpAss%2Bword%3Acanary";
    let echoes = [PASSWORD, percent, &encoded, &format!("{}{PASSWORD}", "x".repeat(70))].map(str::to_owned);
    let sources: [fn(Run, &str) -> Run; 6] = [
        |run, url| run.args(["--proxy", url]),
        |run, url| run.env("OAUTH2TOK_PROXY", url),
        |run, url| run.env("HTTPS_PROXY", url).env("http_proxy", url),
        |run, url| run.env("ALL_PROXY", url),
        |run, url| run.config(&format!("defaults: {{ proxy: '{url}' }}\nprofiles: {{ p: {{}} }}\n")).args(["-p", "p"]),
        |run, url| run.args(["--proxy", url.trim_start_matches("http://")]),
    ];
    for echo in &echoes {
        for answer in [
            format!("HTTP/1.1 403 no {echo}\r\n\r\n"),
            format!("HTTP/1.1 502 Bad\r\nX-Echo: {echo}\r\nContent-Length: {0}\r\n\r\n{echo}", echo.len()),
            format!("HTTP/1.1 201 OK\r\nContent-Length: {0}\r\n\r\n{echo}", echo.len()),
            format!("HTTP/1.1 401 {echo}\r\nWWW-Authenticate: Basic error=\"{echo}\"\r\nContent-Length: 0\r\n\r\n"),
            format!("{echo}: not HTTP\r\n\r\n"),
        ] {
            let proxy = Proxy::answering(Box::leak(answer.into_boxed_str()));
            let url = format!("http://{USER}:{percent}@127.0.0.1:{}", proxy.port);
            for (number, source) in sources.iter().enumerate() {
                let endpoint = if number % 2 == 0 { server.url() } else { plain.url() };
                for flags in [&["-v"][..], &["--error-format", "json"]] {
                    let run = source(client_of(&endpoint).args(["--cacert", &ca.cacert(), "--retry", "0"]), &url);
                    let output = run.args(flags).code_in(&[3, 4, 5, 6]).any_output().run();
                    let told = output.stderr;
                    for secret in ["canary", "pr0xy", &encoded[..16]] {
                        assert!(!told.contains(secret), "{echo} {number} {flags:?}: {secret} in\n{told}");
                    }
                }
            }
            assert!(!proxy.requests().is_empty());
        }
    }
}
