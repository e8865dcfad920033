//! The well-behaved servers are httpmock's: what a test describes is answered, everything else is 404, and the number of
//! requests that were as described is asserted by their [`Mock`].

use httpmock::Method::{GET, POST};
use httpmock::{Mock, MockServer, When};

use super::TOKEN;

/// Has a server describe itself as an issuer whose token endpoint is `/token`.
pub fn publishes(server: &MockServer) -> Mock<'_> {
    server.mock(|when, then| {
        when.method(GET).path("/.well-known/openid-configuration").header_missing("Authorization");
        let issuer = server.base_url();
        then.status(200)
            .json_body(serde_json::json!({ "issuer": issuer, "token_endpoint": format!("{issuer}/token") }));
    })
}

/// Has a server answer token requests at `/token` that are as expected with [`TOKEN`].
pub fn grants(server: &MockServer, expected: impl FnOnce(When) -> When) -> Mock<'_> {
    server.mock(|when, then| {
        let form = when.method(POST).path("/token").header("Content-Type", "application/x-www-form-urlencoded");
        expected(form.header("Accept", "application/json"));
        let answer = serde_json::json!({ "access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600 });
        then.status(200).json_body(answer);
    })
}
