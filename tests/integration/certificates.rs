//! Certificates as credentials: shown in the handshake, and told where they are needed or run out.

use super::harness::jwt::{P256, fixture};
use super::harness::*;

#[test]
fn both_methods_send_the_id_and_show_the_certificate() {
    let ca = Ca::new("Test CA");
    let (certificate, key) = ca.client();
    for method in ["tls_client_auth", "self_signed_tls_client_auth"] {
        let server = Server::tls(ca.mutual(&rustls::version::TLS13), token());
        oauth2tok()
            .args(["--token-endpoint", &server.url(), "-i", ID, "-a", method, "--cacert", &ca.cacert()])
            .args(["--cert", ca.file("c.pem", &format!("{certificate}{key}")).to_str().unwrap()])
            .prints(TOKEN)
            .run();
        let request = server.request();
        assert_eq!(request.body(), "grant_type=client_credentials&client_id=ci");
        assert_eq!(request.header("Authorization"), None);
    }
}

#[test]
fn without_a_certificate_and_with_a_secret_they_are_refused() {
    let server = Server::new();
    for method in ["tls_client_auth", "self_signed_tls_client_auth"] {
        let run = || oauth2tok().args(["--token-endpoint", &server.url(), "-i", ID, "-a", method]);
        run()
            .fails(
                2,
                format!(
                    "error: cert ({method} needs it) is missing\nhint: give --cert FILE, which may hold the key too\n"
                ),
            )
            .run();
        run()
            .args(["--cert", "/nonexistent/c.pem"])
            .env("OAUTH2TOK_CLIENT_SECRET", SECRET)
            .fails(
                2,
                format!(
                    "error: client_secret (env OAUTH2TOK_CLIENT_SECRET) does not go with auth method {method}\nhint: leave the secret out, or choose client_secret_basic, client_secret_post or client_secret_jwt\n"
                ),
            )
            .run();
        run()
            .args(["--cert", "/nonexistent/c.pem", "--signing-key", "env:K"])
            .env("K", fixture(P256))
            .fails(
                2,
                format!(
                    "error: signing_key (flag --signing-key) would do nothing: auth method {method} and the client_credentials grant sign no assertion\nhint: give --auth-method private_key_jwt (or client_secret_jwt) or --grant-type jwt-bearer, or leave it out\n"
                ),
            )
            .run();
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_certificate_goes_with_every_other_method_as_well() {
    let ca = Ca::new("Test CA");
    let (certificate, key) = ca.client();
    let file = ca.file("c.pem", &format!("{certificate}{key}"));
    let server = Server::tls(ca.mutual(&rustls::version::TLS12), token());
    let run = || {
        oauth2tok()
            .args(["--token-endpoint", &server.url(), "-i", ID, "--cacert", &ca.cacert()])
            .args(["--cert", file.to_str().unwrap()])
            .prints(TOKEN)
    };
    run().env("OAUTH2TOK_CLIENT_SECRET", SECRET).run();
    run().args(["-a", "private_key_jwt", "--signing-key", "env:K"]).env("K", fixture(P256)).run();
    run().args(["-a", "none"]).run();
    assert_eq!(server.count(), 3);
    Jwt::of_client(&server.requests()[1]).is_signed_by(P256);
}

#[test]
fn the_alias_of_the_metadata_counts_whatever_the_method_and_is_the_audience_only_if_that_is_said() {
    let ca = Ca::new("Test CA");
    let (certificate, key) = ca.client();
    let file = ca.file("c.pem", &format!("{certificate}{key}"));
    let mutual = std::sync::Arc::new(Server::tls(ca.mutual(&rustls::version::TLS13), token()));
    let alias = mutual.at("/mtls");
    let plain = Server::scripted(move |_, request| {
        let origin = request.origin();
        json(
            200,
            &format!(
                r#"{{"issuer":"{origin}","token_endpoint":"{origin}/token","mtls_endpoint_aliases":{{"token_endpoint":"{alias}"}}}}"#
            ),
        )
    });
    let run = || {
        oauth2tok()
            .args(["--issuer", &plain.origin(), "-i", ID, "--cacert", &ca.cacert()])
            .args(["--cert", file.to_str().unwrap()])
            .prints(TOKEN)
    };
    run().args(["-a", "tls_client_auth"]).run();
    let signing = || run().args(["-a", "private_key_jwt", "--signing-key", "env:K"]).env("K", fixture(P256));
    signing().run();
    signing().args(["--assertion-audience", "token_endpoint"]).run();
    let requests = mutual.requests();
    assert!(requests.iter().all(|request| request.target() == "/mtls"), "{requests:?}");
    assert_eq!(Jwt::of_client(&requests[1]).claims["aud"], plain.origin());
    assert_eq!(Jwt::of_client(&requests[2]).claims["aud"], mutual.at("/mtls"));
}

#[test]
fn one_out_of_its_dates_goes_out_with_a_warning() {
    let ca = Ca::new("Test CA");
    let certificate = |from: i32, to: i32| {
        let mut params = rcgen::CertificateParams::new(["client".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        format!("{}{}", params.signed_by(&key, ca.issuer()).unwrap().pem(), key.serialize_pem())
    };
    for (from, to, told) in [
        (2001, 2002, "warning: the client certificate has expired (2002-01-01T00:00:00Z); it goes out all the same\n"),
        (
            2090,
            2091,
            "warning: the client certificate is not valid before 2090-01-01T00:00:00Z; it goes out all the same\n",
        ),
    ] {
        let server = Server::tls(ca.server(), token());
        oauth2tok()
            .args(["--token-endpoint", &server.url(), "-i", ID, "-a", "tls_client_auth", "--cacert", &ca.cacert()])
            .args(["--cert", ca.file("c.pem", &certificate(from, to)).to_str().unwrap()])
            .stdout(format!("{TOKEN}\n"))
            .stderr(told)
            .run();
        assert_eq!(server.count(), 1);
    }
}

#[test]
fn curl_and_header_note_that_the_certificate_must_be_shown_too() {
    let ca = Ca::new("Test CA");
    let (certificate, key) = ca.client();
    let file = ca.file("c.pem", &format!("{certificate}{key}"));
    let server = Server::tls(ca.mutual(&rustls::version::TLS13), token());
    for format in ["curl", "header"] {
        oauth2tok()
            .args(["--token-endpoint", &server.url(), "-i", ID, "-a", "tls_client_auth", "--cacert", &ca.cacert()])
            .args(["--cert", file.to_str().unwrap(), "-o", format, "-v"])
            .any_stdout()
            .stderr_with(["--cert"])
            .run();
    }
}

#[test]
fn request_shows_the_certificate_to_the_api_as_well() {
    let ca = Ca::new("Test CA");
    let (certificate, key) = ca.client();
    let file = ca.file("c.pem", &format!("{certificate}{key}"));
    let server = Server::tls_scripted(ca.mutual(&rustls::version::TLS13), |_, request| match request.method() {
        "POST" => token(),
        _ => json(200, "{\"ok\":true}"),
    });
    oauth2tok()
        .args(["request", &server.at("/api"), "--token-endpoint", &server.url(), "-i", ID, "-a", "tls_client_auth"])
        .args(["--cacert", &ca.cacert(), "--cert", file.to_str().unwrap()])
        .stdout("{\"ok\":true}")
        .run();
    assert_eq!(server.count(), 2);
}
