//! The least that a request can be, for the targets that need one.

use oauth2tok::oauth::grant::{self, Grant};
use oauth2tok::oauth::{Endpoints, Request, Server, Ways};
use oauth2tok::wire::Url;

/// A request to this endpoint.
pub fn to(endpoint: &Url) -> Request {
    Request {
        server: Server::Endpoint(endpoint.clone()),
        grant: Grant { kind: grant::DEFAULT, name: grant::DEFAULT.name.into(), parts: vec![] },
        scope: vec![],
        audience: vec![],
        resource: vec![],
        params: vec![],
        secret_params: vec![],
        authorization_details: None,
        headers: vec![],
        client: None,
        assertion: None,
        dpop: None,
        ways: Ways::default(),
        endpoints: Endpoints::default(),
        login: None,
    }
}
