//! Whom the program trusts, how it shows itself, and how it tells what is wrong. Each test makes its own CA.

use super::harness::*;

use std::io::Write;

fn serving(config: rustls::ServerConfig) -> Server {
    Server::tls(config, token())
}

#[test]
fn cacert_names_the_roots() {
    let ca = Ca::new("CA");
    let server = serving(ca.server());
    client_of(server.url()).args(["--cacert", &ca.cacert()]).prints(TOKEN).run();
    let by_name = server.url().replace("127.0.0.1", "localhost");
    client_of(by_name).args(["--cacert", &ca.cacert()]).prints(TOKEN).run();
    client_of(server.url()).env("OAUTH2TOK_CACERT", ca.cacert()).prints(TOKEN).run();
}

#[test]
fn f05_an_unknown_ca_is_named_with_what_to_do() {
    let (ca, other) = (Ca::new("Corporate \u{1b}[31m CA"), Ca::new("Other"));
    let server = serving(ca.server());
    client_of(server.url())
        .args(["--cacert", &other.cacert()])
        .fails(5, "error: TLS with 127.0.0.1: the server's certificate is from an issuer that is not trusted here: Corporate \\u{1b}[31m CA\n\
             hint: if Corporate \\u{1b}[31m CA is an intermediate CA, the server must send that CA's certificate along with its own\n\
             hint: if Corporate \\u{1b}[31m CA is your organisation's own CA, name its certificate with --cacert FILE or SSL_CERT_FILE\n")
        .run();
    client_of(server.url()).args(["--retry", "3"]).any_output().code(5).run();
    assert!(server.requests().is_empty());
    // Verification fails the same way each time, so it is not tried again.
    assert_eq!(server.connections(), 2);
}

#[test]
fn f06_dates_are_shown_with_this_machines_clock() {
    let ca = Ca::new("CA");
    let dated = |from: i32, to: i32| {
        serving(ca.server_with(|params| {
            params.not_before = rcgen::date_time_ymd(from, 1, 1);
            params.not_after = rcgen::date_time_ymd(to, 1, 1);
        }))
    };
    let clock = "this machine's clock says 20";
    for (server, words) in [
        (
            dated(2000, 2001),
            [
                "the server's certificate expired on 2001-01-01T00:00:00Z",
                clock,
                "hint: if the clock of this machine is right, the server's certificate must be renewed\n",
            ],
        ),
        (
            dated(2300, 2301),
            [
                "the server's certificate is not valid before 2300-01-01T00:00:00Z",
                clock,
                "hint: set the clock of this machine; if it is right, the certificate is in use too early\n",
            ],
        ),
    ] {
        client_of(server.url()).args(["--cacert", &ca.cacert()]).fails_with(5, words).run();
        assert!(server.requests().is_empty());
    }
}

#[test]
fn f07_a_wrong_name_is_told_with_the_names_there_are() {
    let ca = Ca::new("CA");
    let server = serving(ca.server_with(|params| {
        params.subject_alt_names = vec![rcgen::SanType::DnsName("idp.test".try_into().unwrap())];
    }));
    client_of(server.url())
        .args(["--cacert", &ca.cacert()])
        .fails(
            5,
            "error: TLS with 127.0.0.1: the server's certificate is not for 127.0.0.1 but for idp.test\n\
             hint: write a host that the certificate is for, such as idp.test, or have 127.0.0.1 added to its subjectAltName\n",
        )
        .run();
    assert!(server.requests().is_empty());
}

#[test]
fn a_ca_that_is_no_longer_or_not_yet_valid_is_named_whoever_gave_it() {
    for (from, to, words) in [
        (
            2000,
            2001,
            [
                "TLS with 127.0.0.1: the certificate of Old CA, which the server's rests on, expired on 2001-01-01T00:00:00Z; this machine's",
                "hint: if the clock of this machine is right, a newer certificate of Old CA must take its place: in --cacert or SSL_CERT_FILE, or at the server\n",
            ],
        ),
        (
            2300,
            2301,
            [
                "the certificate of Old CA, which the server's rests on, is not valid before 2300-01-01T00:00:00Z; this machine's",
                "hint: set the clock of this machine",
            ],
        ),
    ] {
        let dates = |params: &mut rcgen::CertificateParams| {
            params.not_before = rcgen::date_time_ymd(from, 1, 1);
            params.not_after = rcgen::date_time_ymd(to, 1, 1);
        };
        let ca = Ca::with("Old CA", dates);
        let server = serving(ca.server());
        client_of(server.url()).args(["--cacert", &ca.cacert()]).fails_with(5, words).run();
        client_of(server.url()).env("SSL_CERT_FILE", ca.cacert()).fails_with(5, words).run();
        assert!(server.requests().is_empty());
    }
}

#[test]
fn a_certificate_without_names_is_for_no_host_whatever_its_common_name() {
    let ca = Ca::new("CA");
    let server = serving(ca.server_with(|params| {
        params.subject_alt_names = Vec::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, "127.0.0.1");
    }));
    client_of(server.url())
        .args(["--cacert", &ca.cacert()])
        .fails(
            5,
            "error: TLS with 127.0.0.1: the server's certificate is for no host: it has no subjectAltName, and its common name does not count\n\
             hint: the certificate must be issued anew with 127.0.0.1 in its subjectAltName (RFC 9525 §2)\n",
        )
        .run();
}

#[test]
fn a_missing_intermediate_is_named_with_where_it_can_be_had() {
    let ca = Ca::new("CA");
    let server = serving(ca.server_below_alone());
    client_of(server.url())
        .args(["--cacert", &ca.cacert()])
        .fails(
            5,
            "error: TLS with 127.0.0.1: the server's certificate is from an issuer that is not trusted here: Between\n\
             hint: if Between is an intermediate CA, the server must send that CA's certificate along with its own (http://ca.test/cas.cer)\n\
             hint: if Between is your organisation's own CA, name its certificate with --cacert FILE or SSL_CERT_FILE\n",
        )
        .run();
    // Here it is sent, and leads to a root that is not known.
    let server = serving(ca.server_below(|_| {}));
    client_of(server.url())
        .args(["--cacert", &Ca::new("Other").cacert()])
        .fails(
            5,
            "error: TLS with 127.0.0.1: the server's certificate is from an issuer that is not trusted here: CA\n\
             hint: if this is your organisation's own CA, name its certificate with --cacert FILE or SSL_CERT_FILE\n",
        )
        .run();
}

#[test]
fn a_ca_whose_signatures_are_not_verified_here_is_named_with_what_is() {
    let file = |name: &str| format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    use rustls::pki_types::pem::PemObject as _;
    let chain = vec![rustls::pki_types::CertificateDer::from_pem_file(file("p521.leaf.pem")).unwrap()];
    let key = rustls::pki_types::PrivateKeyDer::from_pem_file(file("p521.leaf-key.pem")).unwrap();
    let server = serving(tls::serving(chain, key));
    client_of(server.url())
        .args(["--cacert", &file("p521.ca.pem")])
        .fails(
            5,
            "error: TLS with 127.0.0.1: the server's certificate cannot be verified: the key of P-521 CA, which it rests on, is of the kind P-521\n\
             hint: the CA must issue certificates of a kind that is verified here: RSA from 2048 bits, ECDSA on P-256 or P-384 with SHA-256 or SHA-384, and Ed25519\n",
        )
        .run();
}

/// A server that takes a ClientHello and answers with these bytes, and then waits or hangs up.
fn saying(bytes: &'static [u8], waits: bool) -> String {
    use std::io::Read as _;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // All of it, or closing would be a reset.
            let _ = stream.read(&mut [0; 16 << 10]);
            let _ = stream.write_all(bytes);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            if waits {
                let _ = std::io::copy(&mut stream, &mut std::io::sink());
            }
        }
    });
    address.to_string()
}

#[test]
fn what_a_server_refuses_by_an_alert_is_told_in_words() {
    for (alert, expected) in [
        (
            &[0x15, 3, 3, 0, 2, 2, 40],
            "the server and oauth2tok have no cipher, key exchange or signature in common: it finds nothing that both sides could use (handshake_failure)\n\
             hint: the server must allow TLS 1.3, or 1.2 with ECDHE (X25519, P-256 or P-384) and AES-GCM or ChaCha20-Poly1305\n",
        ),
        (
            &[0x15, 3, 3, 0, 2, 2, 112],
            "the server knows no host of this name: it serves no host of the name that it was asked for (unrecognized_name)\n\
             hint: check the host name in the URL\n",
        ),
        (&[0x15, 3, 3, 0, 2, 2, 80], "the server refused: a fault of its own (internal_error)\n"),
    ] {
        client_of(format!("https://{}/", saying(alert, true)))
            .fails(5, format!("error: TLS with 127.0.0.1: {expected}"))
            .run();
    }
}

#[test]
fn https_at_a_port_that_hangs_up_on_it_is_told_with_what_to_write() {
    let hint = "hint: if the server speaks plain http on this port, write http://127.0.0.1:[PORT]/token\n";
    client_of(format!("https://{}/token", saying(b"", true)))
        .args(["--retry", "0"])
        .fails(
            5,
            format!(
                "error: https://127.0.0.1:[PORT]/token: the connection was lost while shaking hands over TLS: the other side closed it\n{hint}"
            ),
        )
        .run();
    client_of(format!("https://{}/token", saying(b"HTTP/1.1 400 Bad Request\r\n\r\n", true)))
        .fails(5, format!("error: TLS with 127.0.0.1: the server speaks plain http on this port, not TLS\n{hint}"))
        .run();
    client_of(format!("https://{}/token", saying(b"SSH-2.0-OpenSSH_9.2\r\n", true)))
        .fails(5, format!("error: TLS with 127.0.0.1: the server does not speak TLS on this port\n{hint}"))
        .run();
}

#[test]
fn http_at_a_port_that_speaks_tls_is_told_with_what_to_write() {
    let hint = "hint: if the server speaks TLS on this port, write https://127.0.0.1:[PORT]/token\n";
    for (said, code, words) in [
        (&[0x15, 3, 3, 0, 2, 2, 80][..], 4, "the answer is not HTTP/1.1: it looks like TLS"),
        (b"", 5, "the server closed the connection without an answer"),
    ] {
        client_of(format!("http://{}/token", saying(said, true)))
            .args(["--retry", "0"])
            .fails(code, format!("error: http://127.0.0.1:[PORT]/token: {words}\n{hint}"))
            .run();
    }
    // A server as it is: it says so by an alert.
    let ca = Ca::new("CA");
    let server = serving(ca.server());
    client_of(server.url().replace("https:", "http:"))
        .args(["--retry", "0"])
        .fails_with(4, [hint.replace("[PORT]", &server.port().to_string())])
        .run();
}

#[test]
fn another_handshake_in_the_midst_of_a_request_is_told() {
    // What is in the record nobody looks at any more.
    let ca = Ca::new("CA");
    let config = std::sync::Arc::new(ca.server_of(&[&rustls::version::TLS12]));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/token", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let session = rustls::ServerConnection::new(config).unwrap();
        let mut stream = rustls::StreamOwned::new(session, listener.accept().unwrap().0);
        Request::read(&mut stream).unwrap();
        stream.sock.write_all(&[[22, 3, 3, 0, 32].as_slice(), &[7; 32]].concat()).unwrap();
        let _ = std::io::copy(&mut stream.sock, &mut std::io::sink());
    });
    client_of(url)
        .args(["--cacert", &ca.cacert()])
        .fails(
            5,
            "error: TLS with 127.0.0.1: the server asks for another handshake in the midst of a request\n\
             hint: it may want a client certificate for this path alone, which is not done here: it must ask for it when the connection is made (for the whole host), or have a host of its own for mutual TLS\n",
        )
        .run();
}

#[test]
fn a_ca_in_between_must_be_one_that_may_sign() {
    use rcgen::KeyUsagePurpose as Usage;
    let ca = Ca::new("CA");
    for (usages, fit) in [
        (vec![], true),
        (vec![Usage::KeyCertSign, Usage::CrlSign], true),
        (vec![Usage::CrlSign, Usage::DigitalSignature], false),
    ] {
        let server = serving(ca.server_below(|params| params.key_usages = usages));
        let run = client_of(server.url()).args(["--cacert", &ca.cacert()]);
        if fit {
            run.prints(TOKEN).run();
        } else {
            run.fails(5, "error: TLS with 127.0.0.1: the server's certificate is not acceptable: its issuer Between may not sign certificates (CA and keyCertSign, RFC 5280 §4.2.1.9, §4.2.1.3)\n").run();
        }
        assert_eq!(server.requests().len(), usize::from(fit));
    }
}

#[test]
fn f08_a_server_without_tls_1_2_is_told_as_protocol() {
    // T22: the alert of a server that knows nothing newer than TLS 1.0.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        stream.write_all(&[0x15, 3, 1, 0, 2, 2, 70]).unwrap();
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    client_of(format!("https://{address}/"))
        .args(["--insecure"])
        .fails(
            5,
            "warning: --insecure: the server's certificate is not verified; whoever is in between can read the secret\n\
             error: TLS with 127.0.0.1: protocol: the server offers no TLS version from 1.2 on\n\
             hint: the server must be upgraded: TLS 1.0 and 1.1 are insecure\n",
        )
        .run();
}

#[test]
fn a_server_that_speaks_plain_http_is_told_as_such() {
    let server = Server::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    client_of(format!("https://{address}/"))
        .args(["--insecure"])
        .fails(
            5,
            "warning: --insecure: the server's certificate is not verified; whoever is in between can read the secret\n\
             error: TLS with 127.0.0.1: the server speaks plain http on this port, not TLS\n\
             hint: if the server speaks plain http on this port, write http://127.0.0.1:[PORT]/\n",
        )
        .run();
    drop(server);
}

#[test]
fn f09_a_server_that_wants_a_client_certificate_says_so_in_both_versions() {
    let ca = Ca::new("CA");
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let server = serving(ca.mutual(version));
        client_of(server.url())
            .args(["--cacert", &ca.cacert(), "--retry", "0"])
            .fails(
                5,
                "error: TLS with 127.0.0.1: the server wants a client certificate\n\
             hint: name a certificate and its key with --cert FILE and --key FILE\n",
            )
            .run();
        assert!(server.requests().is_empty());
    }
}

#[test]
fn a_client_certificate_that_is_not_accepted_is_shown_once() {
    // F11: the same words in both versions, and no repetition.
    let (ca, other) = (Ca::new("CA"), Ca::new("Other"));
    let (cert, key) = other.client();
    let both = other.file("both.pem", &format!("{key}{cert}"));
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let server = serving(ca.mutual(version));
        client_of(server.url())
            .args(["--cacert", &ca.cacert(), "--cert", both.to_str().unwrap(), "--retry", "3"])
            .fails(5, "error: TLS with 127.0.0.1: the server does not accept the client certificate: it does not know the certificate's issuer (unknown_ca)\n\
             hint: the server must trust the issuer of --cert: if that is an intermediate, append its certificate to the same file (curl adds it from --cacert by itself)\n")
            .run();
        assert_eq!((server.connections(), server.requests().len()), (1, 0));
    }
}

#[test]
fn a_client_certificate_goes_with_every_method() {
    // Q09, Q08
    let ca = Ca::new("CA");
    let (cert, key) = ca.client();
    let both = ca.file("both.pem", &format!("{key}{cert}"));
    let (cert, key) = (ca.file("cert.pem", &cert), ca.file("key.pem", &key));
    let text = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let server = serving(ca.mutual(version));
        let run = || client_of(server.url()).args(["--cacert", &ca.cacert()]).prints(TOKEN);
        run().args(["--cert", &text(&both)]).run();
        run().args(["--cert", &text(&cert), "--key", &text(&key)]).run();
        run().args(["--cert", &text(&cert), "--key", &text(&key), "-a", "post"]).run();
        run().args(["--cert", &text(&both), "-a", "none"]).without("OAUTH2TOK_CLIENT_SECRET").run();
        assert_eq!(server.requests()[3].body(), "grant_type=client_credentials&client_id=ci");
    }
}

#[test]
fn f11_a_certificate_or_key_that_cannot_be_used_is_told_before_connecting() {
    let ca = Ca::new("CA");
    let server = serving(ca.server());
    let (cert, key) = ca.client();
    let (_, other_key) = ca.client();
    let text = |name: &str, text: &str| ca.file(name, text).to_str().unwrap().to_owned();
    let cert = text("cert.pem", &cert);
    let (key, other_key) = (text("key.pem", &key), text("other.pem", &other_key));
    let junk = text("junk.pem", "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5canary\n-----END PRIVATE KEY-----\n");
    let empty = text("empty.pem", "");
    let fixture = |name: &str| format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    let encrypted = fixture("ec.encrypted.pem");
    let [openssh, p12, p7] = ["ec.openssh", "ec.p12", "ec.p7b.pem"].map(|name| fixture(&format!("keys/{name}")));
    let of_certificate = "hint: --cert names a PEM file with the certificate, and after it its issuers'";
    let of_key = "hint: the key must be PEM: PKCS#8, SEC1 or PKCS#1; RSA from 2048 bits, P-256, P-384 or Ed25519";
    for (words, expected) in [
        (
            vec!["--cert", "/nonexistent.pem", "--key", &key],
            format!(
                "cannot use the client certificate in the given file (not repeated: it may be a secret): No such file or directory\n{of_certificate}"
            ),
        ),
        (
            vec!["--cert", &cert, "--key", "/nonexistent.pem"],
            format!(
                "cannot use the private key in the given file (not repeated: it may be a secret): No such file or directory\n{of_key}"
            ),
        ),
        (
            vec!["--cert", &empty, "--key", &key],
            format!(
                "cannot use the client certificate in [TMP]/empty.pem: it holds no PEM certificate\n{of_certificate}"
            ),
        ),
        (
            vec!["--cert", &cert, "--key", &empty],
            format!("cannot use the private key in [TMP]/empty.pem: it is empty\n{of_key}"),
        ),
        (
            vec!["--cert", &cert, "--key", &junk],
            format!("cannot use the private key in [TMP]/junk.pem: its PEM text is malformed\n{of_key}"),
        ),
        (
            vec!["--cert", &cert],
            "cannot use the private key in [TMP]/cert.pem: it holds a certificate and no private key\nhint: name its key with --key FILE".to_owned(),
        ),
        (
            vec!["--cert", &cert, "--key", &other_key],
            "the private key does not belong to the client certificate\nhint: --cert and --key must be made for each other".to_owned(),
        ),
        (
            vec!["--cert", &cert, "--key", &encrypted],
            format!(
                "cannot use the private key in {encrypted}: it is encrypted, and there is no passphrase\nhint: give its passphrase: key_passphrase: env:NAME"
            ),
        ),
        (
            vec!["--cert", &cert, "--key", &openssh],
            format!(
                "cannot use the private key in {openssh}: it is in OpenSSH's own form\nhint: turn a copy of it into PKCS#8: ssh-keygen -p -m PKCS8 -f {openssh}"
            ),
        ),
        (
            vec!["--cert", &cert, "--key", &p12],
            format!(
                "cannot use the private key in {p12}: it is PKCS#12\nhint: key: command:openssl pkcs12 -in {p12} -nodes -passin env:NAME"
            ),
        ),
        (
            vec!["--cert", &p12],
            format!(
                "cannot use the client certificate in {p12}: it is PKCS#12\nhint: cert: command:openssl pkcs12 -in {p12} -nodes -passin env:NAME"
            ),
        ),
        (
            vec!["--cert", &p7, "--key", &key],
            format!(
                "cannot use the client certificate in {p7}: it is PKCS#7, which holds certificates and no private key\nhint: turn it into PEM: openssl pkcs7 -print_certs -in {p7} -out NEW"
            ),
        ),
    ] {
        client_of(server.url())
            .args(["--cacert", &ca.cacert(), "-q"])
            .args(&words)
            .fails(2, format!("error: {expected}\n"))
            .stderr_without(["canary", "Y2FuYXJ5"])
            .run();
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn f12_roots_that_cannot_be_used_are_told_before_connecting() {
    let ca = Ca::new("CA");
    let server = serving(ca.server());
    let empty = ca.file("empty.pem", "no certificate here").to_str().unwrap().to_owned();
    for (file, fault) in [
        ("/nonexistent.pem", "the given file (not repeated: it may be a secret): No such file or directory"),
        (&empty, "[TMP]/empty.pem: it holds no usable PEM certificate"),
        ("/", "/: Is a directory"),
    ] {
        let error = format!(
            "error: cannot use the CA certificates in {fault}\n\
             hint: the file must hold PEM certificates (-----BEGIN CERTIFICATE-----)\n"
        );
        client_of(server.url()).args(["--cacert", file]).fails(2, &error).run();
        client_of(server.url()).env("SSL_CERT_FILE", file).fails(2, &error).run();
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn t18_a_key_that_others_can_read_is_warned_about() {
    use std::os::unix::fs::PermissionsExt;
    let ca = Ca::new("CA");
    let (cert, key) = ca.client();
    let file = ca.file("both.pem", &format!("{cert}{key}"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let server = serving(ca.server());
    let run =
        || client_of(server.url()).args(["--cacert", &ca.cacert(), "--cert", file.to_str().unwrap()]).stdout("tok-1\n");
    let output =
        run().stderr("warning: others can read the private key [TMP]/both.pem (mode 0644); chmod 600 it\n").run();
    assert_eq!(output.stderr.lines().count(), 1);
    run().args(["-q"]).run();
    // Who mounts a secret for somebody else has to let them read it.
    if std::os::unix::fs::chown(&file, Some(1), None).is_ok() {
        run().stderr("").run();
    }
}

#[test]
fn a_client_certificate_out_of_its_dates_goes_out_with_a_warning() {
    let ca = Ca::new("CA");
    let server = serving(ca.server());
    let check = |from: i32, to: i32, warning: &str| {
        let mut params = rcgen::CertificateParams::new(["client".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, ca.issuer()).unwrap().pem();
        let both = ca.file("both.pem", &format!("{}{cert}", key.serialize_pem()));
        std::fs::set_permissions(&both, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        client_of(server.url())
            .args(["--cacert", &ca.cacert(), "--cert", both.to_str().unwrap()])
            .prints(TOKEN)
            .stderr(warning)
            .run();
    };
    check(2020, 2021, "warning: the client certificate has expired (2021-01-01T00:00:00Z); it goes out all the same\n");
    check(
        3000,
        3001,
        "warning: the client certificate is not valid before 3000-01-01T00:00:00Z; it goes out all the same\n",
    );
    check(2020, 3000, "");
}

#[test]
fn cacert_replaces_every_other_root() {
    let (ca, other) = (Ca::new("CA"), Ca::new("Other"));
    let server = serving(ca.server());
    client_of(server.url())
        .env("SSL_CERT_FILE", ca.cacert())
        .args(["--cacert", &other.cacert()])
        .fails(
            5,
            "error: TLS with 127.0.0.1: the server's certificate is from an issuer that is not trusted here: CA\n\
             hint: if CA is an intermediate CA, the server must send that CA's certificate along with its own\n\
             hint: if CA is your organisation's own CA, name its certificate with --cacert FILE or SSL_CERT_FILE\n",
        )
        .run();
    client_of(server.url()).env("SSL_CERT_FILE", "/nonexistent").args(["--cacert", &ca.cacert()]).prints(TOKEN).run();
}

#[test]
fn the_usual_variables_name_roots() {
    let ca = Ca::new("CA");
    let server = serving(ca.server());
    client_of(server.url()).env("SSL_CERT_FILE", ca.cacert()).prints(TOKEN).run();
    ca.cacert();
    client_of(server.url()).env("SSL_CERT_DIR", ca.dir()).prints(TOKEN).run();
}

#[test]
fn a_self_signed_certificate_is_trusted_wherever_it_is_named() {
    let (config, certificate) = tls::self_signed();
    let server = serving(config);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("self.pem");
    std::fs::write(&file, certificate).unwrap();
    client_of(server.url()).args(["--cacert", file.to_str().unwrap()]).prints(TOKEN).run();
    client_of(server.url()).env("SSL_CERT_FILE", &file).prints(TOKEN).run();
    client_of(server.url()).env("SSL_CERT_DIR", dir.path()).prints(TOKEN).run();
    client_of(server.url()).fails(5, "error: TLS with 127.0.0.1: the server's certificate is self-signed, and nothing here says to trust it: rcgen self signed cert\n\
             hint: if it is the right server, get the certificate from whoever runs it, and name it with --cacert FILE\n").run();
}

#[test]
fn insecure_works_and_warns_on_every_run() {
    // T03, S21
    let ca = Ca::new("CA");
    let server = serving(ca.server_with(|params| {
        params.subject_alt_names = vec![rcgen::SanType::DnsName("idp.test".try_into().unwrap())];
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    }));
    let warning =
        "warning: --insecure: the server's certificate is not verified; whoever is in between can read the secret\n";
    for words in [vec!["--insecure"], vec!["--insecure", "-q"], vec!["-q", "--insecure", "--cacert", "/nonexistent"]] {
        client_of(server.url()).args(&words).stdout("tok-1\n").stderr(warning).run();
    }
    client_of(server.url())
        .args(["--insecure", "-q", "--error-format", "json"])
        .stdout("tok-1\n")
        .stderr_with(["\"kind\":\"warning\"", "--insecure"])
        .run();
}

#[test]
fn verbose_shows_how_long_the_handshake_took() {
    let ca = Ca::new("CA");
    let server = serving(ca.server());
    client_of(server.url())
        .args(["--cacert", &ca.cacert(), "-v"])
        .stdout("tok-1\n")
        .stderr_with(["* time: ", "connect ", "tls ", "wait ", "body ", "total "])
        .run();
}

#[test]
fn plain_http_loads_no_roots() {
    let server = Server::new();
    client_of(server.url()).args(["--cacert", "/nonexistent"]).env("SSL_CERT_FILE", "/nonexistent").prints(TOKEN).run();
}

#[test]
fn each_message_of_a_batch_gets_its_own_token_whatever_stands_behind_the_one_before() {
    let ca = Ca::new("CA");
    let answer = |user: &str| {
        let body = format!(r#"{{"access_token":"tok-{user}","token_type":"Bearer","expires_in":3600}}"#);
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    let script = move |_: usize, request: &Request| {
        let user = request.field("username").unwrap();
        server::Answer::raw(answer(&user) + &answer("stolen")).then(server::Then::Keep)
    };
    for server in [Server::tls_scripted(ca.server(), script), Server::scripted(script)] {
        let users: Vec<_> = (0..8).map(|number| format!("user{number}")).collect();
        let message = |user| format!("{{\"username\":\"{user}\",\"password\":\"pw\"}}\n");
        let output = oauth2tok()
            .args(["batch", "-q", "-g", "password", "--jobs", "2", "--cacert", &ca.cacert()])
            .args(["-i", "ci", "--token-endpoint", &server.url()])
            .env("OAUTH2TOK_CLIENT_SECRET", SECRET)
            .stdin(users.iter().map(message).collect::<String>())
            .any_output()
            .code(0)
            .run();
        let lines: Vec<_> = output.stdout.lines().collect();
        assert_eq!(lines.len(), users.len(), "{}", output.stderr);
        for (user, line) in users.iter().zip(lines) {
            assert!(line.contains(&format!("\"access_token\":\"tok-{user}\"")), "{line}");
        }
        assert_eq!(server.connections(), users.len());
    }
}
