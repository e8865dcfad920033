//! What is kept: a token with its answer ([`Entry`]), or why the last run got none ([`Failure`]), and their bytes.
//!
//! The bytes are read as if anybody could have written them. They are fields behind their lengths, because JSON in JSON
//! would have to be read twice.

use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use super::flight::{Flight, Seen};
use super::key::Fields;
use crate::json::Members;
use crate::oauth::token::Binding;
use crate::oauth::{OAuthError, Token, jwt};
use crate::problem::Class;
use crate::secret::Secret;

/// No token is reused for longer, whatever its server says: some say milliseconds where they mean seconds.
pub const LONGEST_REUSE: Duration = Duration::from_secs(24 * 3600);

/// A login is forgotten so long after its last use, and a token of one that nothing can renew is reused for no longer.
pub const LOGIN_KEPT: Duration = Duration::from_secs(60 * 24 * 3600);

/// Stands before what is kept of a login alone.
const OF_LOGIN: u8 = 2;

/// A token that has no more than this left is not reused, nor one that has only a tenth of its lifetime left.
const MOST_MARGIN: Duration = Duration::from_secs(30);

/// Texts of a failure are cut to this many bytes.
const FAILURE_TEXT: usize = 4096;

/// How a kept token is to be used.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policy<'a> {
    /// Use nothing that was kept before this run asked.
    pub force_new: bool,
    /// The least lifetime that must be left, instead of the margin.
    pub min_valid: Option<Duration>,
    /// The lifetime of tokens whose server names none.
    pub default_ttl: Option<Duration>,
    /// The token that another one is wanted for, however long it still lives.
    pub instead_of: Option<&'a Secret>,
    /// The part of the answer that is handed over instead of the token, and whose lifetime counts.
    pub handed_over: Option<&'a str>,
}

/// A kept token.
#[derive(Clone)]
pub struct Entry {
    /// What it came of.
    pub flight: Flight,
    /// When its request began.
    pub requested_at: SystemTime,
    /// The token. Its refresh token may be older than its other members: a server need not send a new one.
    pub token: Token,
    /// A person logged in for it, so that without its refresh token one is asked again.
    pub is_login: bool,
}

/// What a look at an entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is good for so long.
    Hit(Duration),
    /// Nobody knows how long it lives; it is a login, and the only way to another one is to ask a person.
    Lasting,
    /// There is none.
    Absent,
    /// It has expired, or is about to.
    Expired,
    /// It lives, but not as long as `--min-valid` wants.
    TooShort,
    /// Nobody knows how long it lives.
    NoLifetime,
    /// It was requested later than now: a clock was set back.
    FromTheFuture,
    /// It is damaged or of another version.
    Unreadable,
    /// It was kept under other credentials.
    OtherCredentials,
    /// `--force-new`
    Passed,
    /// It is the one that another is wanted for.
    Replaced,
}

impl Verdict {
    /// True where the token may be used.
    pub fn is_hit(self) -> bool {
        matches!(self, Self::Hit(_) | Self::Lasting)
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Hit(left) => return write!(f, "hit; good for {} s", left.as_secs()),
            Self::Lasting => "hit; it is not known how long it is good",
            Self::Absent => "miss; nothing is kept for this key",
            Self::Expired => "expired",
            Self::TooShort => "expired: the token lives for less than min_valid",
            Self::NoLifetime => "miss; the kept token's lifetime is unknown (default_ttl would set one)",
            Self::FromTheFuture => "miss; the entry is from the future: a clock was set back",
            Self::Unreadable => "unreadable; it will be replaced",
            Self::OtherCredentials => "other credentials; the token was kept under another secret",
            Self::Passed => "miss; passed by (force_new)",
            Self::Replaced => "miss; the kept token is the one to replace",
        })
    }
}

impl Entry {
    /// When the token expires, by what the server said or `policy` assumes.
    pub fn expires_at(&self, policy: &Policy<'_>) -> Option<SystemTime> {
        let expires_at = match policy.handed_over {
            Some(name) => self.token.expiry_of(name),
            None => self.token.expires_at,
        };
        expires_at.or_else(|| self.requested_at.checked_add(policy.default_ttl?))
    }

    /// Whether the token may be used at `now`.
    pub fn judge(&self, now: SystemTime, policy: &Policy<'_>) -> Verdict {
        if policy.force_new {
            return Verdict::Passed;
        }
        if self.is_to_replace(policy) {
            return Verdict::Replaced;
        }
        let Ok(age) = now.duration_since(self.requested_at) else { return Verdict::FromTheFuture };
        // Only a person can bring another one.
        let is_last = self.is_login && self.token.refresh_token.is_none();
        let longest = if is_last { LOGIN_KEPT } else { LONGEST_REUSE };
        let Some(expires_at) = self.expires_at(policy) else {
            return match is_last {
                true if age < longest => Verdict::Lasting,
                true => Verdict::Expired,
                false => Verdict::NoLifetime,
            };
        };
        let lifetime = expires_at.duration_since(self.requested_at).unwrap_or_default();
        let Some(left) = lifetime.checked_sub(age).filter(|left| !left.is_zero()) else { return Verdict::Expired };
        match policy.min_valid {
            _ if age >= longest => Verdict::Expired,
            Some(least) if left <= least => Verdict::TooShort,
            None if left <= MOST_MARGIN.min(lifetime / 10) => Verdict::Expired,
            _ => Verdict::Hit(left),
        }
    }

    fn is_to_replace(&self, policy: &Policy<'_>) -> bool {
        policy.instead_of == Some(&self.token.access_token)
    }

    /// Whether a run that had to wait may use the token, good or not: asking again would bring another one like it. With
    /// `force_new`, and where the token is the one to replace, it must have been asked for since then. `last` is the number
    /// beside the lock.
    pub fn is_shared(&self, seen: &Seen, last: Option<Flight>, policy: &Policy<'_>) -> bool {
        if policy.force_new || self.is_to_replace(policy) {
            seen.is_before_start(self.flight, last)
        } else {
            seen.is_before_token(self.flight)
        }
    }

    /// The token as it is at `now`: `expires_in` says what is left of it, in its place and kind.
    pub fn token_at(&self, now: SystemTime, policy: &Policy<'_>) -> Token {
        let mut token = self.token.clone();
        if let Some(left) = token.remaining(now) {
            let seconds = left.as_secs();
            let as_text = token.members.raw("expires_in").is_some_and(|raw| raw.starts_with('"'));
            let value = if as_text { seconds.to_string().into() } else { seconds.into() };
            token.members.replace("expires_in", &value);
        }
        token.expires_at = self.expires_at(policy);
        token.with_live_id_token(now)
    }

    /// What there is of the login at `now`.
    pub fn state(&self, now: SystemTime, policy: &Policy<'_>) -> LoginState {
        match (self.judge(now, policy), &self.token.refresh_token) {
            (verdict, _) if verdict.is_hit() => LoginState::Good,
            (_, Some(_)) => LoginState::Renew,
            (_, None) => LoginState::Ended,
        }
    }

    /// Who logged in: the claims of the ID token, if one came that can be read.
    pub fn identity(&self) -> Option<Members> {
        jwt::claims(self.token.id_token.as_ref()?.expose())
    }

    /// The same with its lifetime over, for the sake of its refresh token.
    #[must_use]
    pub fn spent(mut self) -> Self {
        self.token.expires_at = Some(self.requested_at);
        self
    }

    /// The same without its refresh token.
    #[must_use]
    pub fn without_refresh_token(&self) -> Self {
        let mut entry = self.clone();
        entry.token.refresh_token = None;
        entry.token.members.remove("refresh_token");
        entry
    }

    /// When nobody will want it any more. Refresh tokens live for months; those that live longer are rarely left unused
    /// for so long. Of a login it is told until then that it has ended.
    pub(super) fn useful_until(&self) -> SystemTime {
        let is_long = self.is_login || self.token.refresh_token.is_some();
        let after = if is_long { LOGIN_KEPT } else { LONGEST_REUSE };
        self.requested_at.checked_add(after).unwrap_or(self.requested_at)
    }

    /// The bytes to seal.
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let token = &self.token;
        let mut fields = Fields::default();
        fields.push(self.flight.as_bytes());
        fields.push_number(millis(self.requested_at));
        fields.push_option(token.expires_at.map(|at| millis(at).to_le_bytes()).as_ref().map(<[u8; 8]>::as_slice));
        fields.push(token.access_token.expose().as_bytes());
        fields.push_option(token.token_type.as_ref().map(String::as_bytes));
        fields.push_option(token.refresh_token.as_ref().map(|token| token.expose().as_bytes()));
        // Scope tokens hold no space (RFC 6749 §3.3).
        fields.push_option(token.scope.as_ref().map(|scope| scope.join(" ")).as_ref().map(String::as_bytes));
        fields.push(Zeroizing::new(token.members.to_text(false)).as_bytes());
        if self.is_login {
            fields.0.push(OF_LOGIN);
            fields.push_option(token.id_token.as_ref().map(|token| token.expose().as_bytes()));
        }
        if let Some(binding) = &token.binding {
            fields.push_option(binding.kept().as_ref().map(|key| key.as_slice()));
            fields.push_option(binding.nonce().map(str::as_bytes));
        }
        fields.0
    }

    /// Reads what [`Self::encode`] wrote. `None` for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let flight = flight(&mut rest)?;
        let requested_at = time(number(&mut rest)?)?;
        let expires_at = match optional(&mut rest)? {
            Some(bytes) => Some(time(u64::from_le_bytes(bytes.try_into().ok()?))?),
            None => None,
        };
        let access_token = text(take(&mut rest)?)?;
        let token_type = optional_text(&mut rest)?;
        let refresh_token = optional_text(&mut rest)?;
        let scope = optional_text(&mut rest)?;
        let members: Members = serde_json::from_str(str::from_utf8(take(&mut rest)?).ok()?).ok()?;
        let login = match rest.split_first() {
            Some((&OF_LOGIN, after)) => {
                rest = after;
                Some(optional_text(&mut rest)?)
            }
            _ => None,
        };
        let is_login = login.is_some();
        let binding = match rest {
            [] => None,
            _ => Some(Binding::from_kept(optional(&mut rest)?, optional_text(&mut rest)?)),
        };
        // What is printed raw must be what a token may be (RFC 6749 Appendix A.12), from here as from a server.
        let printable = !access_token.is_empty() && access_token.bytes().all(|b| (0x20..=0x7e).contains(&b));
        let token = Token {
            access_token: Secret::new(access_token),
            token_type,
            expires_at,
            refresh_token: refresh_token.map(Secret::new),
            scope: scope.map(|scope| scope.split(' ').filter(|s| !s.is_empty()).map(str::to_owned).collect()),
            members,
            binding,
            id_token: login.flatten().map(Secret::new),
        };
        (printable && rest.is_empty()).then_some(Self { flight, requested_at, token, is_login })
    }
}

/// What there is of a login, as `login status` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginState {
    /// The token can be used.
    Good,
    /// It cannot, and there is a refresh token.
    Renew,
    /// Neither the token nor a refresh token is of use.
    Ended,
    /// Nobody logged in.
    None,
    /// Something is kept, and the secrets that open it were not read.
    Sealed,
    /// What is kept does not open, or nobody can tell.
    Unknown,
}

impl LoginState {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Renew => "renew",
            Self::Ended => "ended",
            Self::None => "none",
            Self::Sealed => "sealed",
            Self::Unknown => "unknown",
        }
    }
}

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The server said no.
    Refused,
    /// The answer was not a token.
    BadResponse,
    /// The server was not reached.
    Unreached,
    /// The server was not able to answer.
    Unavailable,
    /// A person was asked to log in, and did not, or as somebody else.
    Login,
}

impl From<FailureKind> for Class {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::Refused => Self::Refused,
            FailureKind::BadResponse => Self::BadResponse,
            FailureKind::Unreached => Self::Unreached,
            FailureKind::Unavailable => Self::Unavailable,
            FailureKind::Login => Self::Login,
        }
    }
}

impl FailureKind {
    /// The kind that tells of this class, if others are told of it.
    pub fn of(class: Class) -> Option<Self> {
        FAILURE_KINDS.into_iter().find(|kind| Class::from(*kind) == class)
    }
}

const FAILURE_KINDS: [FailureKind; 5] = [
    FailureKind::Refused,
    FailureKind::BadResponse,
    FailureKind::Unreached,
    FailureKind::Unavailable,
    FailureKind::Login,
];

/// Why a run that others were waiting for got no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which one it was.
    pub flight: Flight,
    /// What kind it was.
    pub kind: FailureKind,
    /// In words.
    pub message: String,
    /// The status of the answer.
    pub status: Option<u16>,
    /// What the server said.
    pub oauth: Option<OAuthError>,
    /// What to do.
    pub hints: Vec<String>,
}

impl Failure {
    /// The bytes to seal.
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut fields = Fields::default();
        fields.push(self.flight.as_bytes());
        fields.push_number(self.kind as u64);
        fields.push(cut(&self.message));
        fields.push_number(u64::from(self.status.unwrap_or(0)));
        let oauth = self.oauth.as_ref();
        for said in [
            oauth.and_then(|oauth| oauth.error.as_ref()),
            oauth.and_then(|oauth| oauth.description.as_ref()),
            oauth.and_then(|oauth| oauth.uri.as_ref()),
        ] {
            fields.push_option(said.map(|text| cut(text)));
        }
        let ids = oauth.map_or(&[][..], |oauth| &oauth.ids);
        fields.push_number(ids.len() as u64);
        ids.iter().flat_map(|(name, id)| [name, id]).for_each(|text| fields.push(cut(text)));
        fields.push_number(self.hints.len() as u64);
        self.hints.iter().for_each(|hint| fields.push(cut(hint)));
        fields.0
    }

    /// Reads what [`Self::encode`] wrote. `None` for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let flight = flight(&mut rest)?;
        let kind = *FAILURE_KINDS.get(usize::try_from(number(&mut rest)?).ok()?)?;
        let message = text(take(&mut rest)?)?;
        let status = u16::try_from(number(&mut rest)?).ok()?;
        let error = optional_text(&mut rest)?;
        let description = optional_text(&mut rest)?;
        let uri = optional_text(&mut rest)?;
        let mut ids = Vec::new();
        for _ in 0..number(&mut rest)? {
            ids.push((text(take(&mut rest)?)?, text(take(&mut rest)?)?));
        }
        let mut hints = Vec::new();
        for _ in 0..number(&mut rest)? {
            hints.push(text(take(&mut rest)?)?);
        }
        let oauth = OAuthError { error, description, uri, ids };
        let status = (status != 0).then_some(status);
        let oauth = (oauth != OAuthError::default()).then_some(oauth);
        rest.is_empty().then_some(Self { flight, kind, message, status, oauth, hints })
    }
}

fn cut(text: &str) -> &[u8] {
    let mut end = text.len().min(FAILURE_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text.as_bytes()[..end]
}

/// Milliseconds since 1970; before that counts as 1970.
pub(super) fn millis(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

pub(super) fn time(millis: u64) -> Option<SystemTime> {
    // Nothing this program dates is later than the year 9999, and what is cannot be calculated with.
    (millis < 253_402_300_800_000).then(|| SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
}

fn flight(rest: &mut &[u8]) -> Option<Flight> {
    Flight::from_bytes(take(rest)?.try_into().ok()?)
}

pub(super) fn number(rest: &mut &[u8]) -> Option<u64> {
    let (bytes, after) = rest.split_first_chunk::<8>()?;
    *rest = after;
    Some(u64::from_le_bytes(*bytes))
}

pub(super) fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = usize::try_from(number(rest)?).ok()?;
    let (bytes, after) = rest.split_at_checked(len)?;
    *rest = after;
    Some(bytes)
}

pub(super) fn optional<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let (flag, after) = rest.split_first()?;
    *rest = after;
    match flag {
        0 => Some(None),
        1 => take(rest).map(Some),
        _ => None,
    }
}

pub(super) fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

pub(super) fn optional_text(rest: &mut &[u8]) -> Option<Option<String>> {
    match optional(rest)? {
        Some(bytes) => text(bytes).map(Some),
        None => Some(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    const HOUR: u64 = 3600;

    fn at(seconds: f64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs_f64(1_800_000_000.0 + seconds)
    }

    /// Requested at 0, living for so many seconds.
    fn entry(lifetime: Option<u64>) -> Entry {
        let body = r#"{"z":1.50,"access_token":"tok","expires_in":"3600","refresh_token":"ref","a":{"b":[]}}"#;
        Entry {
            flight: Flight::from_bytes([7; Flight::LEN]).unwrap(),
            requested_at: at(0.0),
            token: Token {
                access_token: Secret::new("tok"),
                token_type: Some("Bearer".into()),
                expires_at: lifetime.map(|seconds| at(0.0) + Duration::from_secs(seconds)),
                refresh_token: Some(Secret::new("ref")),
                scope: Some(vec!["a".into(), "b".into()]),
                members: Members::parse(body).unwrap().unwrap(),
                binding: None,
                id_token: None,
            },
            is_login: false,
        }
    }

    #[track_caller]
    fn check(lifetime: Option<u64>, now: f64, policy: Policy<'_>, expected: Verdict) {
        assert_eq!(entry(lifetime).judge(at(now), &policy), expected);
    }

    #[test]
    fn a_token_is_good_until_its_margin_begins() {
        let plain = Policy::default();
        let hit = |seconds: f64| Verdict::Hit(Duration::from_secs_f64(seconds));
        check(Some(HOUR), 0.0, plain, hit(3600.0));
        check(Some(HOUR), 3569.0, plain, hit(31.0));
        check(Some(HOUR), 3570.0, plain, Verdict::Expired);
        check(Some(60), 53.5, plain, hit(6.5));
        check(Some(60), 54.0, plain, Verdict::Expired);
        check(Some(60), 61.0, plain, Verdict::Expired);
        check(Some(1), 0.5, plain, hit(0.5));
        check(Some(0), 0.0, plain, Verdict::Expired);
        check(Some(HOUR), -0.001, plain, Verdict::FromTheFuture);
        check(None, 0.0, plain, Verdict::NoLifetime);
        let least = |seconds| Policy { min_valid: Some(Duration::from_secs(seconds)), ..plain };
        check(Some(HOUR), 3599.0, least(0), hit(1.0));
        check(Some(HOUR), 3600.0, least(0), Verdict::Expired);
        check(Some(HOUR), 3000.0, least(600), Verdict::TooShort);
        check(Some(HOUR), 2999.0, least(600), hit(601.0));
        let assumed = Policy { default_ttl: Some(Duration::from_secs(100)), ..plain };
        check(None, 89.0, assumed, hit(11.0));
        check(None, 90.0, assumed, Verdict::Expired);
        check(Some(HOUR), 3000.0, assumed, hit(600.0));
        check(Some(HOUR), 0.0, Policy { force_new: true, ..plain }, Verdict::Passed);
    }

    #[test]
    fn no_token_is_reused_for_more_than_a_day() {
        let year = Some(365 * 24 * HOUR);
        check(year, 86_399.0, Policy::default(), Verdict::Hit(Duration::from_secs(364 * 24 * HOUR + 1)));
        check(year, 86_400.0, Policy::default(), Verdict::Expired);
        check(year, 86_400.0, Policy { min_valid: Some(Duration::ZERO), ..Policy::default() }, Verdict::Expired);
    }

    /// The same of a login, with or without what renews it.
    fn login(lifetime: Option<u64>, is_final: bool) -> Entry {
        let entry = entry(lifetime);
        let mut entry = if is_final { entry.without_refresh_token() } else { entry };
        entry.is_login = true;
        entry
    }

    #[test]
    fn a_login_is_good_or_to_be_renewed_or_has_ended() {
        const DAY: u64 = 24 * HOUR;
        let plain = Policy::default();
        for (lifetime, is_final, age, state) in [
            (Some(HOUR), false, 0, LoginState::Good),
            (Some(HOUR), true, 0, LoginState::Good),
            (Some(HOUR), false, HOUR, LoginState::Renew),
            (Some(HOUR), true, HOUR, LoginState::Ended),
            // Nobody need be asked as long as the server says that it is good, or does not say otherwise.
            (Some(90 * DAY), false, DAY, LoginState::Renew),
            (Some(90 * DAY), true, 60 * DAY - 1, LoginState::Good),
            (Some(90 * DAY), true, 60 * DAY, LoginState::Ended),
            (None, false, 0, LoginState::Renew),
            (None, true, 60 * DAY - 1, LoginState::Good),
            (None, true, 60 * DAY, LoginState::Ended),
        ] {
            let entry = login(lifetime, is_final);
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let now = at(age as f64);
            assert_eq!(entry.state(now, &plain), state, "{lifetime:?} {is_final} {age}");
            let read = Entry::decode(&entry.encode()).unwrap();
            assert_eq!(read.state(now, &plain), state);
            assert_eq!(entry.useful_until(), at(0.0) + LOGIN_KEPT);
        }
        assert_eq!(login(None, true).judge(at(0.0), &plain), Verdict::Lasting);
        assert_eq!(login(None, true).spent().state(at(0.0), &plain), LoginState::Ended);
        assert_eq!(login(Some(HOUR), false).state(at(-1.0), &plain), LoginState::Renew, "a clock was set back");
    }

    #[test]
    fn who_waited_may_use_what_came_meanwhile() {
        let kept = entry(None);
        let (plain, forced) = (Policy::default(), Policy { force_new: true, ..Policy::default() });
        let other = Secret::new("other");
        let token = kept.token.access_token.clone();
        let replacing = |token| Policy { instead_of: Some(token), ..plain };
        // Of the lock's flight then and now, and of the entry's then: was it the kept one's?
        for (last, now, entry, expected_plain, expected_anew) in [
            (false, true, false, true, true),
            // In progress when the run began to want it.
            (true, true, false, true, false),
            // Without the lock, or with another flight in progress meanwhile.
            (false, false, false, true, false),
            (true, false, true, false, false),
            (true, true, true, false, false),
        ] {
            let of = |is_this: bool| if is_this { kept.flight } else { Flight::draw() };
            let seen = Seen { last: Some(of(last)).into(), entry: Some(of(entry)).into(), word: None.into() };
            let now = Some(of(now));
            assert_eq!(kept.is_shared(&seen, now, &plain), expected_plain);
            assert_eq!(kept.is_shared(&seen, now, &replacing(&other)), expected_plain);
            assert_eq!(kept.is_shared(&seen, now, &forced), expected_anew);
            assert_eq!(kept.is_shared(&seen, now, &replacing(&token)), expected_anew);
        }
    }

    #[test]
    fn the_lifetime_counts_down_in_its_place_and_kind() {
        let token = entry(Some(HOUR)).token_at(at(10.5), &Policy::default());
        let expected = r#"{"z":1.50,"access_token":"tok","expires_in":"3589","refresh_token":"ref","a":{"b":[]}}"#;
        assert_eq!(token.members.to_text(false), expected);
        let unknown =
            entry(None).token_at(at(10.5), &Policy { default_ttl: Some(Duration::from_secs(60)), ..Policy::default() });
        assert!(unknown.members.to_text(false).contains(r#""expires_in":"3600""#), "the server's word stays");
        assert_eq!(unknown.expires_at, Some(at(60.0)));
    }

    #[test]
    fn an_entry_reads_back_as_it_was_and_nothing_else_does() {
        let mut with_id_token = login(Some(HOUR), false);
        with_id_token.token.id_token = Some(Secret::new("e30.e30.c2ln"));
        let mut bound = with_id_token.clone();
        bound.token.binding = Some(Binding::from_kept(None, Some("nonce".into())));
        let plain = [entry(Some(HOUR)), entry(None), entry(Some(HOUR)).without_refresh_token()];
        for entry in plain.into_iter().chain([login(None, true), with_id_token, bound]) {
            let bytes = entry.encode();
            let read = Entry::decode(&bytes).unwrap();
            assert_eq!((read.flight, read.requested_at), (entry.flight, entry.requested_at));
            assert_eq!(read.token.expires_at, entry.token.expires_at);
            assert_eq!(read.token.refresh_token, entry.token.refresh_token);
            assert_eq!(read.token.scope, entry.token.scope);
            assert_eq!(read.token.members.to_text(false), entry.token.members.to_text(false));
            assert_eq!((read.is_login, &read.token.id_token), (entry.is_login, &entry.token.id_token));
            assert_eq!(*read.encode(), *bytes);
            for len in 0..bytes.len() {
                // Whole parts at the end may be left out: they are sealed with the rest.
                let cut = Entry::decode(&bytes[..len]);
                assert!(cut.is_none_or(
                    |cut| *cut.encode() == bytes[..len] && (entry.is_login || entry.token.binding.is_some())
                ));
            }
            assert!(Entry::decode(&[&bytes[..], b"x"].concat()).is_none());
        }
        let mut control = entry(None);
        control.token.access_token = Secret::new("a\nb");
        assert!(Entry::decode(&control.encode()).is_none());
        let members = entry(None).without_refresh_token().token.members.to_text(false);
        assert!(!members.contains("ref"), "{members}");
    }

    #[test]
    fn a_failure_reads_back_as_it_was_with_long_texts_cut() {
        let long = "é".repeat(10_000);
        let failure = Failure {
            flight: Flight::draw(),
            kind: FailureKind::Unavailable,
            message: long.clone(),
            status: Some(503),
            oauth: Some(OAuthError {
                error: Some("e".into()),
                description: None,
                uri: Some("u".into()),
                ids: vec![("trace_id".into(), "1".into())],
            }),
            hints: vec!["wait".into()],
        };
        let read = Failure::decode(&failure.encode()).unwrap();
        assert!(long.starts_with(&read.message) && read.message.len() == FAILURE_TEXT);
        assert_eq!(Failure { message: long, ..read }, failure);
        let bare = Failure { oauth: None, status: None, message: text::one_line("x"), ..failure };
        assert_eq!(Failure::decode(&bare.encode()), Some(bare));
        assert_eq!(Failure::decode(b"short"), None);
    }
}
