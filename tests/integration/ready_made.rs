//! Tokens and assertions that somebody else made.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::harness::{Server, oauth2tok};

#[test]
fn the_lines_of_a_saml_assertion_are_its_own() {
    let server = Server::new();
    let assertion = "<saml:Assertion ID=\"a\">\n\t<saml:NameID>alice</saml:NameID>\n</saml:Assertion>";
    let url = server.url();
    oauth2tok()
        .args(["--token-endpoint", &url, "-g", "saml2-bearer", "--assertion", "stdin"])
        .stdin(format!("{assertion}\n"))
        .any_stdout()
        .run();
    assert_eq!(server.request().field("assertion"), Some(URL_SAFE_NO_PAD.encode(assertion)));
}

/// Each message's request has an assertion of its own: servers take none a second time.
#[cfg(unix)]
#[test]
fn each_message_of_a_batch_has_what_its_source_gives_then() {
    let server = Server::numbered();
    let run = oauth2tok().file(
        "next",
        "#!/bin/sh\nn=$(cat \"$0.n\" 2>/dev/null || echo 0)\necho $((n + 1)) > \"$0.n\"\necho \"assertion-$n\"\n",
    );
    let command = format!("command:sh {}", run.path_text("next"));
    run.args([
        "batch",
        "-q",
        "--jobs",
        "1",
        "--token-endpoint",
        &server.url(),
        "-i",
        "ci",
        "--client-assertion",
        &command,
    ])
    .stdin("{\"scope\":\"a\"}\n{\"scope\":\"b\"}\n{\"scope\":\"c\"}\n")
    .any_stdout()
    .run();
    let mut sent: Vec<_> = server.requests().iter().filter_map(|request| request.field("client_assertion")).collect();
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), 3, "{sent:?}");
}
