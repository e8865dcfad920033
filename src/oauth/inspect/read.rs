//! A token taken apart.

use std::time::SystemTime;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};

use super::findings::{self, found};
use super::input::{Offered, Part};
use super::verify::{Verified, unreadable};
use super::{Form, number};
use crate::json::Members;
use crate::oauth::finding::{Finding, Severity};
use crate::oauth::requirement::{Check, Requirements};

/// Reads what somebody meant: padded, with bits left over.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A claim that is a point in time (RFC 7519 §2, NumericDate).
#[derive(Debug, Clone, PartialEq)]
pub struct Time {
    /// The claim.
    pub name: String,
    /// Seconds since 1970.
    pub at: f64,
}

/// A token, looked at.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// How it was called.
    pub name: String,
    /// What it is by that.
    pub part: Part,
    /// Its form.
    pub form: Form,
    /// Its header, as it was written.
    pub header: Option<Members>,
    /// Its claims, likewise.
    pub claims: Option<Members>,
    /// Those of them that are points in time, in their order.
    pub times: Vec<Time>,
    /// Characters of header, payload and signature, each as it goes over the wire.
    pub bytes: [Option<usize>; 3],
    /// Those of the whole token.
    pub size: usize,
    /// What deserves a look.
    pub findings: Vec<Finding>,
    /// Whether all checks passed that apply; `None` where nothing was verified.
    pub verified: Option<bool>,
    /// What was checked.
    pub checks: Vec<Check>,
}

impl Inspected {
    /// A point in time, by its name.
    pub fn time(&self, name: &str) -> Option<f64> {
        self.times.iter().find(|time| time.name == name).map(|time| time.at)
    }

    /// Takes on what was verified.
    pub fn take(&mut self, verified: &Verified) {
        self.checks.extend(verified.checks.iter().cloned());
        self.verified = match verified.checks.iter().any(Check::has_failed) {
            true => Some(false),
            false => verified.obstacle.is_none().then_some(true),
        };
    }

    /// Checks what is required of it beside that. What cannot be read fulfils nothing.
    pub fn require(&mut self, required: &Requirements, now: SystemTime) {
        let checks = match &self.claims {
            Some(claims) => required.checks(claims, now),
            None => {
                let refused = |check: Check| Check::new(check.check, false, unreadable(self.form));
                required.checks(&Members::default(), now).into_iter().map(refused).collect()
            }
        };
        if self.verified.is_none() && self.claims.is_some() && !checks.is_empty() {
            let told = "nothing was verified: what is checked is what it says of itself";
            self.findings.push(Finding::new(Severity::Info, "token", told));
        }
        if checks.iter().any(Check::has_failed) {
            self.verified = self.verified.map(|_| false);
        }
        self.checks.extend(checks);
    }
}

/// A part of the compact form.
pub(super) struct Piece {
    /// Its text, if it is one.
    pub(super) text: Option<String>,
    /// It is base64url to the letter (RFC 7515 §2).
    pub(super) is_canonical: bool,
}

impl Piece {
    fn read(part: &str) -> Self {
        let is_canonical = URL_SAFE_NO_PAD.decode(part).is_ok();
        let bytes = LENIENT.decode(part.replace('+', "-").replace('/', "_")).ok();
        Self { text: bytes.and_then(|bytes| String::from_utf8(bytes).ok()), is_canonical }
    }

    fn object(&self) -> Option<Members> {
        Members::parse(self.text.as_deref()?).ok().flatten()
    }
}

/// What a token says of itself. Nothing of it is verified. `certificate` is the thumbprint of one that it may be bound to (RFC
/// 8705 §3.1).
pub fn inspect(offered: &Offered, certificate: Option<&str>, now: SystemTime) -> Inspected {
    let token = offered.token.expose();
    let mut inspected = Inspected {
        name: offered.name.clone(),
        part: offered.part,
        form: Form::Opaque,
        header: None,
        claims: None,
        times: Vec::new(),
        bytes: [None; 3],
        size: token.len(),
        findings: Vec::new(),
        verified: None,
        checks: Vec::new(),
    };
    let parts: Vec<_> = token.splitn(6, '.').collect();
    let header = parts.first().map(|part| Piece::read(part));
    match (parts.as_slice(), header.as_ref().and_then(Piece::object)) {
        ([first, second, third], Some(object)) => {
            let payload = Piece::read(second);
            let signature = Piece::read(third);
            inspected.form = Form::Jws;
            inspected.bytes = [first, second, third].map(|part| Some(part.len()));
            inspected.claims = payload.object();
            let all = header.iter().chain([&payload, &signature]);
            let is_canonical = all.into_iter().all(|piece| piece.is_canonical);
            let texts = [header.as_ref().and_then(|header| header.text.as_deref()), payload.text.as_deref()];
            inspected.times = inspected.claims.as_ref().map(times).unwrap_or_default();
            inspected.findings = findings::of_jws(
                &findings::Seen {
                    offered,
                    header: &object,
                    claims: inspected.claims.as_ref(),
                    texts,
                    is_signed: !third.is_empty(),
                    is_canonical,
                    certificate,
                },
                now,
            );
            inspected.header = Some(object);
        }
        ([first, _, _, ciphertext, _], Some(object)) => {
            inspected.form = Form::Jwe;
            inspected.bytes = [Some(first.len()), Some(ciphertext.len()), None];
            inspected.findings = findings::of_jwe(&object);
            inspected.header = Some(object);
        }
        (parts, _) => inspected.findings = findings::of_opaque(token, parts.len()),
    }
    inspected.findings.extend(found::size(token.len()));
    inspected
}

/// The claims that are points in time by their name: those that are registered, and those that are called so and look so.
fn times(claims: &Members) -> Vec<Time> {
    let mut times = Vec::<Time>::new();
    for (name, value) in claims.iter() {
        let Some(at) = number(&value) else { continue };
        let is_new = || times.iter().all(|time| time.name != name);
        if findings::DATES.contains(&name) && is_new()
            || found::is_called_a_date(name) && found::is_recent(at) && times.len() < 100 && is_new()
        {
            times.push(Time { name: name.to_owned(), at });
        }
    }
    times
}
