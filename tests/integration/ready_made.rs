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
