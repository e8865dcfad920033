//! What a server says of itself, looked at whole: both metadata documents (RFC 8414, OpenID Connect Discovery 1.0), what of it
//! this program can use, the keys, and what is wrong with any of it.
//!
//! A run reads of all this what it needs ([`discovery::parse`]), and what it would use is used here by the same function.

mod differences;
mod endpoints;
mod faults;
#[cfg(test)]
mod tests;
mod usable;

use std::time::Duration;

use super::discovery::{self, DiscoveryError, Issuer, Metadata};
use super::endpoints::Endpoint;
use super::finding::{Finding, Severity};
use super::reply::Deviation;
use crate::jose::PublishedKey;
use crate::json::Members;
use crate::text::abridged;
use crate::wire::Url;

pub use differences::Difference;
pub use endpoints::{Leaves, Named};
pub use usable::Usable;

/// So much of a foreign text is told (characters).
pub const LONGEST: usize = 600;

/// The standard that a well-known place is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// OpenID Connect Discovery §4
    Oidc,
    /// RFC 8414 §3
    OAuth,
}

impl Standard {
    /// Both, in the order of [`discovery::locations`].
    pub const ALL: [Self; 2] = [Self::Oidc, Self::OAuth];

    /// Its name, as users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::OAuth => "oauth",
        }
    }

    /// Where `issuer` has its document of this standard.
    pub fn location(self, issuer: &Issuer) -> String {
        let [oidc, oauth] = discovery::locations(issuer);
        match self {
            Self::Oidc => oidc,
            Self::OAuth => oauth,
        }
    }
}

/// What came of asking at a well-known place.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Of which standard it is.
    pub standard: Standard,
    /// The place.
    pub place: String,
    /// Where its redirects lead, if it has any.
    pub redirected: Option<String>,
    /// The status of the last answer, if one came.
    pub status: Option<u16>,
    /// How long all of it took.
    pub took: Duration,
    /// The body of a 200 as it came, or why there is none.
    pub body: Result<Vec<u8>, String>,
    /// What was odd about the answer.
    pub bends: Vec<Deviation>,
}

/// What stands at a well-known place.
#[derive(Debug, Clone)]
pub struct Document {
    /// What came of asking there.
    pub visit: Visit,
    /// Whose it says that it is.
    pub issuer: Option<String>,
    /// What a run makes of it; `None` where there is none.
    pub read: Option<Result<Metadata, DiscoveryError>>,
    /// All that it says, where that can be read.
    members: Option<Members>,
}

impl Document {
    /// What stands there, beside a document that was read before it and may be used, if there is one.
    fn read(visit: Visit, issuer: &Issuer, first: Option<&Metadata>) -> Self {
        let body = visit.body.as_ref().ok();
        let text = body.and_then(|body| std::str::from_utf8(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)).ok());
        let members = text.and_then(|text| Members::parse(text).ok().flatten());
        let found = members.as_ref().and_then(|members| members.string("issuer"));
        let read = body.map(|body| discovery::parse_beside(first, issuer, body));
        Self { issuer: found.map(|found| abridged(&found, LONGEST)), read, members, visit }
    }

    /// True where it is a JSON object, whosever.
    pub fn is_read(&self) -> bool {
        self.members.is_some()
    }

    /// True where a run may use it.
    pub fn is_usable(&self) -> bool {
        matches!(self.read, Some(Ok(_)))
    }
}

/// What a server says of itself.
#[derive(Debug, Clone)]
pub struct Survey {
    /// Who was asked.
    pub issuer: Issuer,
    /// What stands at each place that was asked.
    pub documents: Vec<Document>,
    /// What a run knows of it: the first document that it may use, with the endpoints that another has besides.
    pub metadata: Option<Metadata>,
    /// Where two documents differ.
    pub differences: Vec<Difference>,
    /// The endpoints that are named.
    pub endpoints: Vec<Named>,
    /// What of it can be used.
    pub usable: Vec<Usable>,
    /// The keys, in the order of their set.
    pub keys: Vec<PublishedKey>,
    /// How many the set holds, once it was had.
    pub key_count: Option<usize>,
    /// Where the set is, once it was asked for.
    pub keys_at: Option<String>,
    /// What is wrong, the worst first.
    pub findings: Vec<Finding>,
}

impl Survey {
    /// Looks at what came of asking `issuer` at its places.
    pub fn of(issuer: &Issuer, visits: Vec<Visit>) -> Self {
        let (mut documents, mut metadata) = (Vec::new(), None::<Metadata>);
        for visit in visits {
            let document = Document::read(visit, issuer, metadata.as_ref());
            if let Some(Ok(read)) = &document.read {
                metadata = Some(match metadata {
                    Some(first) => first.with_endpoints_of(read.clone()),
                    None => read.clone(),
                });
            }
            documents.push(document);
        }
        let mut findings = faults::of_documents(issuer, &documents);
        faults::sort(&mut findings);
        Self {
            differences: differences::between(&documents),
            endpoints: endpoints::named(issuer, &documents),
            usable: metadata.as_ref().map(usable::of).unwrap_or_default(),
            issuer: issuer.clone(),
            keys: Vec::new(),
            key_count: None,
            keys_at: None,
            documents,
            metadata,
            findings,
        }
    }

    /// Where the keys are, as far as a run may ask there.
    pub fn keys_uri(&self) -> Option<&Url> {
        self.metadata.as_ref()?.endpoints.get(Endpoint::Jwks)?.as_ref().ok()
    }

    /// Looks at what came of asking for the keys at `place`. `now` is in seconds since 1970.
    pub fn take_keys(&mut self, place: &Url, came: Result<&[u8], String>, now: u64) {
        let place = place.without_query();
        let read = came.and_then(|body| PublishedKey::of_set(body, now).map_err(|error| error.to_string()));
        match read {
            Ok((keys, count)) => {
                self.findings.extend(faults::of_keys(place, &keys, count));
                (self.keys, self.key_count) = (keys, Some(count));
            }
            Err(why) => {
                let why = format!("the keys cannot be had: {}", abridged(&why, LONGEST));
                self.findings.push(Finding::new(Severity::Error, place, why));
            }
        }
        self.keys_at = Some(place.to_owned());
        faults::sort(&mut self.findings);
    }

    /// Says so where an OpenID provider names no keys.
    pub fn lack_keys(&mut self) {
        self.findings.extend(faults::without_keys(&self.documents));
        faults::sort(&mut self.findings);
    }

    /// What is told of this grant, method or feature.
    pub fn usable(&self, what: &str) -> Option<&Usable> {
        self.usable.iter().find(|usable| usable.what == what)
    }
}
