//! The client certificate and its key, wherever they come from.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::harness::*;

struct World {
    ca: Ca,
    server: Server,
    cert: String,
    key: String,
}

impl World {
    fn new() -> Self {
        let ca = Ca::new("CA");
        let server = Server::tls(ca.mutual(&rustls::version::TLS13), token());
        let (cert, key) = ca.client();
        Self { ca, server, cert, key }
    }

    /// A file with that text, which nobody else can read.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.ca.file(name, text);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn run(&self) -> Run {
        client_of(self.server.url()).args(["--cacert", &self.ca.cacert()])
    }
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

#[test]
fn certificate_and_key_come_from_any_source() {
    let world = World::new();
    let (cert, key) = (world.file("cert.pem", &world.cert), world.file("key.pem", &world.key));
    let both = world.file("both.pem", &format!("{}{}", world.cert, world.key));
    let run = || world.run().prints(TOKEN);
    run().args(["--cert", &format!("file:{both}")]).run();
    run().args(["--cert", &format!("command:cat {both}")]).run();
    run().args(["--cert", &cert, "--key", &format!("command:cat {key}")]).run();
    run().env("CLIENT_PEM", format!("{}{}", world.key, world.cert)).args(["--cert", "env:CLIENT_PEM"]).run();
    // Variables of some CI systems have no lines.
    let flat = world.key.replace('\n', "\\n");
    run().env("CLIENT_KEY", flat).args(["--cert", &cert, "--key", "env:CLIENT_KEY"]).run();
    run()
        .file("both.pem", format!("{}{}", world.cert, world.key))
        .args(["--cert", "fd:3"])
        .by(["sh", "-c", "exec \"$@\" 3<both.pem", "sh"])
        .run();
    let path = PathBuf::from(&both);
    let below = path.file_name().unwrap().to_str().unwrap();
    run().env("HOME", path.parent().unwrap()).args(["--cert", &format!("file:~/{below}")]).run();
    world
        .run()
        .config(&format!("profiles:\n  p:\n    cert: {cert}\n    key: 'command:cat ${{KEY_FILE}}'\n"))
        .env("KEY_FILE", &key)
        .args(["-p", "p"])
        .prints(TOKEN)
        .run();
    assert_eq!(world.server.requests().len(), 8);
}

#[test]
fn an_encrypted_key_is_opened_with_its_passphrase() {
    let world = World::new();
    let pair = rcgen::KeyPair::from_pem(&std::fs::read_to_string(fixture("ec.pkcs8.pem")).unwrap()).unwrap();
    let params = rcgen::CertificateParams::new(["client".to_owned()]).unwrap();
    let cert = world.file("cert.pem", &params.signed_by(&pair, world.ca.issuer()).unwrap().pem());
    let key = world.file("key.pem", &std::fs::read_to_string(fixture("ec.encrypted.pem")).unwrap());
    let run = || world.run().args(["--cert", &cert, "--key", &key]);
    let fails = |why: &str| format!("error: cannot use the private key in {key}: {why}");
    run()
        .fails(
            2,
            fails("it is encrypted, and there is no passphrase\nhint: give its passphrase: key_passphrase: env:NAME\n"),
        )
        .run();
    run().env("OAUTH2TOK_KEY_PASSPHRASE", "canary-s3cret").fails_with(2, [fails("the passphrase is wrong\n")]).run();
    assert_eq!(world.server.connections(), 0);
    run().env("OAUTH2TOK_KEY_PASSPHRASE", "test").prints(TOKEN).run();
    // One that is not needed is no fault.
    let plain = world.file("plain.pem", &std::fs::read_to_string(fixture("ec.pkcs8.pem")).unwrap());
    world.run().args(["--cert", &cert, "--key", &plain]).env("OAUTH2TOK_KEY_PASSPHRASE", "x-1").prints(TOKEN).run();
    // Nor is a public half that only the certificate has.
    let half = world.file("half.pem", &std::fs::read_to_string(fixture("keys/ec.half.pem")).unwrap());
    world.run().args(["--cert", &cert, "--key", &half]).prints(TOKEN).run();
}

#[test]
fn a_passphrase_without_a_certificate_is_of_no_use_unless_it_is_for_every_profile() {
    let server = Server::answering(token());
    client_of(server.url())
        .env("OAUTH2TOK_KEY_PASSPHRASE", "x-1")
        .fails(
            2,
            "error: the certificate for key_passphrase (env OAUTH2TOK_KEY_PASSPHRASE) is missing\nhint: give --cert FILE\n",
        )
        .run();
    client_of(server.url())
        .config("defaults:\n  key_passphrase: env:NO_SUCH\nprofiles:\n  p: {}\n")
        .args(["-p", "p"])
        .prints(TOKEN)
        .run();
}

#[test]
fn a_source_that_gives_nothing_usable_is_told_before_connecting() {
    let world = World::new();
    let cert = world.file("cert.pem", &world.cert);
    for (words, expected) in [
        (
            ["--cert", "env:NO_SUCH"],
            "cannot read cert from env:NO_SUCH\ncaused by: the environment variable NO_SUCH is not set\n\
             hint: set it: export NO_SUCH=…, or in CI, give the job access to the secret\n",
        ),
        (
            ["--key", "command:sh -c 'echo canary; exit 3'"],
            "cannot read key from command:sh …\ncaused by: 'sh' failed (exit status: 3)\n",
        ),
        (
            ["--key", "command:echo canary"],
            "cannot use the private key in command:echo …: it holds no private key\n\
             hint: the key must be PEM: PKCS#8, SEC1 or PKCS#1; RSA from 2048 bits, P-256, P-384 or Ed25519\n",
        ),
        (
            ["--cert", "command:echo canary"],
            "cannot use the client certificate in command:echo …: it holds no PEM certificate\n\
             hint: --cert names a PEM file with the certificate, and after it its issuers'\n",
        ),
    ] {
        let run = if words[0] == "--key" { world.run().args(["--cert", &cert]) } else { world.run() };
        run.args(words).fails(2, format!("error: {expected}")).stderr_without(["canary"]).run();
    }
    // What a variable holds is the name of a file, whatever it looks like.
    let witness = world.file("witness", "");
    world
        .run()
        .env("OAUTH2TOK_CERT", format!("command:rm {witness}"))
        .fails_with(
            2,
            ["error: cannot use the client certificate in the given file (not repeated: it may be a secret): "],
        )
        .run();
    world
        .run()
        .config("profiles:\n  p:\n    cert: ${GIVEN}\n")
        .args(["-p", "p"])
        .env("GIVEN", format!("command:rm {witness}"))
        .fails_with(
            2,
            ["error: cannot use the client certificate in the given file (not repeated: it may be a secret): "],
        )
        .run();
    assert!(PathBuf::from(witness).exists());
    assert_eq!(world.server.connections(), 0);
}

#[test]
fn a_kept_token_is_that_of_a_certificate_and_its_key() {
    let world = World::new();
    let home = home();
    let pem = |name: &str, text: &str| format!("command:cat {}", world.file(name, text));
    let (cert, key) = (pem("cert.pem", &world.cert), pem("key.pem", &world.key));
    let (other_cert, other_key) = world.ca.client();
    let (other_cert, other_key) = (pem("other.pem", &other_cert), pem("other.key", &other_key));
    let run =
        |cert: &str, key: &str| world.run().at_home(&home).args(["--cache", "--cert", cert, "--key", key]).any_stdout();
    run(&cert, &key).run();
    run(&cert, &key).run();
    assert_eq!(world.server.requests().len(), 1);
    run(&other_cert, &other_key).run();
    assert_eq!(world.server.requests().len(), 2);
    // Who has the certificate and not its key is given nothing.
    run(&cert, &other_key)
        .fails(2, "error: the private key does not belong to the client certificate\nhint: --cert and --key must be made for each other\n")
        .run();
    run(&cert, &key).env("OAUTH2TOK_KEY_PASSPHRASE", "an0ther").run();
    assert_eq!(world.server.requests().len(), 3);
}

#[test]
fn curl_takes_a_certificate_from_files_alone() {
    let world = World::new();
    let cert = world.file("cert.pem", &world.cert);
    let output = world
        .run()
        .args(["--cert", &cert, "--key", "env:CLIENT_KEY", "--dry-run", "-o", "curl"])
        .env("CLIENT_KEY", &world.key)
        .any_stdout()
        .stderr(
            "note: --key is left out: curl takes it from a file alone\n\
             note: the command reads these shell variables: OAUTH2TOK_CLIENT_SECRET\n",
        )
        .run();
    assert!(
        output.stdout.contains(&format!("--cert '{cert}'")) && !output.stdout.contains("--key"),
        "{}",
        output.stdout
    );
}

#[test]
fn a_batch_asks_a_command_for_its_certificate_once() {
    let world = World::new();
    let both = world.file("both.pem", &format!("{}{}", world.cert, world.key));
    let count = world.file("count", "");
    world
        .run()
        .args(["batch", "--map", "scope=scope", "--cert", &format!("command:sh -c 'echo x >> {count}; cat {both}'")])
        .stdin("{\"scope\":\"a\"}\n{\"scope\":\"b\"}\n{\"scope\":\"c\"}\n")
        .any_output()
        .run();
    assert_eq!(world.server.requests().len(), 3);
    assert_eq!(std::fs::read_to_string(count).unwrap(), "x\n");
}
