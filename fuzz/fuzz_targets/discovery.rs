//! The reader of an issuer's metadata: it must not panic, and whatever endpoint it lets through must be one that
//! credentials may be sent to.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oauth2tok::oauth::discovery::{self, Issuer};

fuzz_target!(|body: &[u8]| {
    let issuer = Issuer::parse("https://idp.example.com").expect("a plain issuer");
    let Ok(metadata) = discovery::parse(&issuer, body) else { return };
    assert!(metadata.token_endpoint.is_https());
    assert!(metadata.mtls_token_endpoint.is_none_or(|endpoint| endpoint.is_https()));
});
