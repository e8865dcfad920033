//! Logins that are bound to a key (RFC 9449 §5, §10): one and the same from the browser to the last refresh.

use super::harness::browser::{in_two_steps, login_server, posted};
use super::harness::jwt::sha256;
use super::harness::*;

/// The thumbprint of the key that a request proves (RFC 7638 §3).
fn jkt(request: &Request) -> String {
    let proof = Jwt::of(request.header("dpop").unwrap());
    let jwk = &proof.header["jwk"];
    sha256(format!(r#"{{"crv":{},"kty":{},"x":{},"y":{}}}"#, jwk["crv"], jwk["kty"], jwk["x"], jwk["y"]))
}

#[test]
fn the_key_that_was_made_at_the_beginning_trades_the_code_and_refreshes() {
    let server = login_server("", |number, _| {
        let more = format!(r#","token_type":"DPoP","expires_in":3600,"refresh_token":"r-{number}""#);
        json(200, &format!(r#"{{"access_token":"t-{number}"{more}}}"#))
    });
    let run = oauth2tok().config(&format!(
        "profiles:\n  p: {{ issuer: '{}', client_id: app, grant_type: authorization_code, dpop: true }}\n",
        server.origin()
    ));
    let (finish, asked) = in_two_steps(&run, &["-p", "p", "-q"]);
    finish.run();
    for _ in 0..2 {
        run.clone().args(["-p", "p", "--min-valid", "2h", "-q"]).any_stdout().run();
    }
    let keys: Vec<_> = posted(&server).iter().map(jkt).collect();
    assert_eq!(keys, [(); 3].map(|()| asked.field("dpop_jkt")));
    // A new login has a new one.
    let (_, again) = in_two_steps(&run, &["-p", "p", "-q"]);
    assert_ne!(again.field("dpop_jkt"), keys[0]);
}
