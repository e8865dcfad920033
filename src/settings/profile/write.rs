//! Writing profiles: settings as YAML that the reader takes for the same, and a new profile in a file that is there.

use std::path::{Path, PathBuf};

use super::{Document, File, ProfileError, Wanted};
use crate::files;
use crate::json::{Piece, pieces};
use crate::secret::shape::holds_private_key;
use crate::secret::{Source, source};
use crate::settings::key::{KEYS, Key, Kind, SettingValue};
use crate::settings::layer::{Layer, is_secret_claim};
use crate::settings::{Environment, Pair, is_fit_to_show, offset_text};

/// Why a setting cannot stand in a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is its variant's documentation")]
pub enum Unwritable {
    #[error("{} cannot stand in a profile", .0.flag())]
    NoProfileKey(Key),
    #[error("{}: a secret is not written into a profile", .0.flag())]
    Literal(Key),
    #[error("{}: what can be read once cannot be kept in a profile", .0.flag())]
    OnlyNow(Key),
    #[error("{}: it holds a secret, which is not written into a profile", .0.flag())]
    Inside(Key),
    #[error("{}: {}", .0.flag(), .1)]
    Path(Key, String),
}

impl Unwritable {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NoProfileKey(key) => format!("leave {} out: it is about a single run", key.flag()),
            Self::Literal(key) | Self::OnlyNow(key) => {
                format!("say where the secret is: {} env:NAME, {0} file:PATH or {0} 'command:CMD ARGS'", key.flag())
            }
            Self::Inside(_) => "edit the file: a profile may say ${NAME} in its place".into(),
            Self::Path(..) => "write the path out".into(),
        }
    }
}

/// `layer` as a profile can keep it: paths are absolute, and nothing is about this run alone.
///
/// # Errors
/// The first setting that cannot stand in a profile.
pub fn lasting(layer: &Layer, env: &Environment) -> Result<Layer, Unwritable> {
    let mut lasting = Layer::default();
    for (key, entry) in layer.entries() {
        let path = |path: &Path| absolute(path, env).map_err(|why| Unwritable::Path(key, why));
        let value = match &entry.value {
            // How this command speaks, and where it looks.
            _ if matches!(key, Key::Config | Key::Profile | Key::Verbose | Key::Quiet | Key::ErrorFormat) => continue,
            _ if !key.is_profile_key() => return Err(Unwritable::NoProfileKey(key)),
            SettingValue::Secret(source) => SettingValue::Secret(lasting_source(key, source, &path)?),
            SettingValue::Secrets(named) => {
                let lasting =
                    named.iter().map(|(name, source)| Ok((name.clone(), lasting_source(key, source, &path)?)));
                SettingValue::Secrets(lasting.collect::<Result<_, _>>()?)
            }
            SettingValue::Command(words) => SettingValue::Command(lasting_words(words, &path)?),
            SettingValue::Claims(claims) if claims.iter().any(is_secret_claim) => {
                return Err(Unwritable::Inside(key));
            }
            SettingValue::Text(text) if holds_private_key(text) => return Err(Unwritable::Inside(key)),
            SettingValue::Text(text) if key.setting().kind == Kind::Json => match text.strip_prefix('@') {
                Some(file) if files::descriptor(Path::new(file)).is_some() => return Err(Unwritable::OnlyNow(key)),
                Some(file) => SettingValue::Text(format!("@{}", path(Path::new(file))?.display())),
                None => entry.value.clone(),
            },
            SettingValue::Text(file) if key.setting().kind == Kind::Path => {
                SettingValue::Text(path(Path::new(file))?.to_string_lossy().into_owned())
            }
            SettingValue::Text(url) if key.setting().kind == Kind::Url && !is_fit_to_show(url) => {
                return Err(Unwritable::Inside(key));
            }
            SettingValue::Map(pairs) if pairs.iter().any(|pair| pair.is_secret && !pair.value.is_empty()) => {
                return Err(Unwritable::Inside(key));
            }
            value => value.clone(),
        };
        lasting.set(key, value, entry.origin.clone());
    }
    Ok(lasting)
}

/// A source that is the same tomorrow and elsewhere.
fn lasting_source(key: Key, source: &Source, path: &LastingPath<'_>) -> Result<Source, Unwritable> {
    Ok(match source {
        Source::Literal(_) => return Err(Unwritable::Literal(key)),
        Source::Stdin | Source::Fd(_) | Source::Prompt => return Err(Unwritable::OnlyNow(key)),
        Source::File(file) if files::descriptor(file).is_some() => return Err(Unwritable::OnlyNow(key)),
        Source::File(file) => Source::File(path(file)?),
        Source::Command(words) => Source::Command(lasting_words(words, path)?),
        other => other.clone(),
    })
}

fn lasting_words(words: &[String], path: &LastingPath<'_>) -> Result<Vec<String>, Unwritable> {
    let mut words = words.to_vec();
    let is_path = |program: &&mut String| program.contains('/') || cfg!(windows) && program.contains('\\');
    if let Some(program) = words.first_mut().filter(is_path) {
        *program = path(Path::new(program.as_str()))?.to_string_lossy().into_owned();
    }
    Ok(words)
}

/// What makes a path absolute.
type LastingPath<'a> = dyn Fn(&Path) -> Result<PathBuf, Unwritable> + 'a;

fn absolute(path: &Path, env: &Environment) -> Result<PathBuf, String> {
    let path = env.expanded(path).map_err(|error| error.to_string())?;
    std::path::absolute(&path).map_err(|error| error.to_string())
}

/// A lasting source as a profile names it. There are no others in what lasts.
fn grammar(source: &Source) -> Option<String> {
    match source {
        Source::Env(name) => Some(format!("env:{name}")),
        Source::File(path) => Some(format!("file:{}", path.display())),
        Source::Command(words) => Some(format!("command:{}", source::line(words))),
        Source::GitHub { audience } => Some(format!("github:{}", audience.as_deref().unwrap_or_default())),
        _ => None,
    }
}

/// Compact JSON as YAML in which variables are filled in: the same JSON, its texts quoted.
fn flow(json: &str) -> String {
    let mut out = String::new();
    let mut done = 0;
    for piece in pieces(json) {
        let (quotes, is_name) = match piece {
            Piece::Name(text) => (text.start - 1..text.end + 1, true),
            Piece::Text(text) => (text.start - 1..text.end + 1, false),
            _ => continue,
        };
        out.push_str(&spaced(&json[done..quotes.start]));
        let text: String = serde_json::from_str(&json[quotes.clone()]).unwrap_or_default();
        out.push_str(&if is_name { quoted(&text) } else { quoted(&text.replace('$', "$$")) });
        done = quotes.end;
    }
    out.push_str(&spaced(&json[done..]));
    out
}

/// What stands between the texts of compact JSON, with the white space that YAML wants.
fn spaced(between: &str) -> String {
    between.replace(':', ": ").replace(',', ", ")
}

/// The lines of a profile that says what `layer` does, which is [`lasting`].
pub fn lines(layer: &Layer, extends: Option<&str>) -> Vec<String> {
    let text = |text: &str| scalar(&text.replace('$', "$$"));
    let list = |items: &[String]| match items {
        [one] => text(one),
        _ => format!("[{}]", items.iter().map(|item| text(item)).collect::<Vec<_>>().join(", ")),
    };
    let mut lines: Vec<_> = extends.into_iter().map(|parent| format!("extends: {}", text(parent))).collect();
    for (key, entry) in layer.entries() {
        let value = match &entry.value {
            SettingValue::Text(value) => text(value),
            SettingValue::Secret(source) => match grammar(source) {
                Some(source) => text(&source),
                None => continue,
            },
            SettingValue::Secrets(named) => {
                lines.push(format!("{}:", key.name()));
                let named = named.iter().filter_map(|(name, source)| Some((name, grammar(source)?)));
                lines.extend(named.map(|(name, source)| format!("  {}: {}", scalar(name), text(&source))));
                continue;
            }
            SettingValue::Command(words) => text(&source::line(words)),
            SettingValue::Claims(claims) => {
                lines.push(format!("{}:", key.name()));
                lines.extend(claims.iter().map(|(name, json)| format!("  {}: {}", scalar(name), flow(json))));
                continue;
            }
            SettingValue::List(items) => list(items),
            SettingValue::Map(pairs) => {
                lines.push(format!("{}:", key.name()));
                lines.extend(
                    pairs.iter().map(|Pair { name, value, .. }| format!("  {}: {}", scalar(name), text(value))),
                );
                continue;
            }
            SettingValue::Switch(on) => on.to_string(),
            SettingValue::Duration(span) => text(&humantime::format_duration(*span).to_string()),
            SettingValue::Offset(span) => scalar(&offset_text(*span)),
            SettingValue::Count(count) => count.to_string(),
        };
        lines.push(format!("{}: {value}", key.name()));
    }
    lines
}

/// The profile `name` of these lines as it stands below `profiles`, indented by so many spaces.
pub fn block(name: &str, lines: &[String], indent: usize, end: &str) -> String {
    let margin = " ".repeat(indent);
    let lines = lines.iter().map(|line| format!("{margin}{margin}{line}{end}"));
    format!("{margin}{}:{end}{}", scalar(name), lines.collect::<String>())
}

/// `text`, a config file, with one more profile behind those that it holds, where lines alone tell where that is; every byte
/// of it stays. Whether it is so is for [`adds`] to say.
pub fn with_profile(text: &str, name: &str, lines: &[String]) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut at = 0;
    let mut place: Option<(usize, Option<usize>)> = None;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let content = line.trim_end();
        let indent = content.len() - content.trim_start_matches(' ').len();
        match &mut place {
            None => {
                let rest = unmarked(content).strip_prefix("profiles:").map(str::trim_start);
                place = rest.filter(|rest| rest.is_empty() || rest.starts_with('#')).map(|_| (at, None));
            }
            Some(_) if indent == 0 && !content.is_empty() && !content.starts_with('#') => break,
            Some((last, first)) if indent > 0 => {
                *last = at;
                if first.is_none() && !content.trim_start().starts_with('#') {
                    *first = Some(indent);
                }
            }
            Some(_) => {}
        }
    }
    let (at, heading, indent) = match place {
        Some((at, indent)) => (at, String::new(), indent.unwrap_or(2)),
        None => (text.len(), format!("profiles:{end}"), 2),
    };
    let before = &text[..at];
    let joint = if before.is_empty() || before.ends_with('\n') { "" } else { end };
    format!("{before}{joint}{heading}{}{}", block(name, lines, indent, end), &text[at..])
}

/// The text of a file without its byte order mark.
pub fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// True where `after` is the config file `before` with the profile `name` besides, whose settings, `defaults` included, are
/// those of `wanted`.
///
/// # Errors
/// A file that is not read.
pub fn adds(before: &str, after: &str, name: &str, wanted: &Layer) -> Result<bool, ProfileError> {
    const FILE: &str = "the file";
    let without = |document: Document| match document {
        Document::Map(mut entries) => {
            for (key, value) in &mut entries {
                if let ("profiles", Document::Map(profiles)) = (key.as_str(), &mut *value) {
                    profiles.retain(|(profile, _)| profile != name);
                    if profiles.is_empty() {
                        *value = Document::Null;
                    }
                }
            }
            entries.retain(|(key, value)| key != "profiles" || *value != Document::Null);
            Document::Map(entries)
        }
        Document::Null => Document::Map(Vec::new()),
        other => other,
    };
    let [before, after] = [before, after].map(unmarked);
    let [old, new] = [before, after].map(|text| Document::parse_yaml(FILE, text.to_owned()).map(without));
    let file = File::parse(FILE, after.to_owned(), Wanted::All)?;
    // What stands there holds no variable of its own; those that it extends may.
    let lookup = |_: &str| Some(String::new());
    let own = file.own(name, &lookup)?;
    let is_same = |key: &Key| own.get(*key).map(|entry| &entry.value) == wanted.get(*key).map(|entry| &entry.value);
    Ok(old? == new? && KEYS.iter().all(is_same))
}

/// A scalar that every YAML reader takes for exactly this text: bare where nothing in it could mean anything else.
pub fn scalar(text: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':');
    let means_something = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(word)
        && !text.ends_with(':')
        && !means_something.contains(&text.to_ascii_lowercase().as_str());
    if bare {
        return text.to_owned();
    }
    quoted(text)
}

/// A scalar in quotes.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if crate::text::steers_a_terminal(c) => out.push_str(&format!("\\U{:08x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Origin;

    fn layer(entries: &[(Key, &str)]) -> Layer {
        let mut layer = Layer::default();
        for (key, text) in entries {
            layer.set(*key, key.read_lines(text).unwrap(), Origin::Flag(*key));
        }
        layer
    }

    const CLIENT: [(Key, &str); 3] =
        [(Key::ClientId, "a $x"), (Key::Scope, "r w"), (Key::ClientSecret, "command:pass 'a b' $HOME")];

    #[track_caller]
    fn check(before: &str, expected: &str) {
        let own = layer(&CLIENT);
        let after = with_profile(before, "p", &lines(&own, None));
        assert_eq!(after, expected);
        assert_eq!(adds(before, &after, "p", &own), Ok(true), "{after}");
    }

    const PROFILE: &str =
        "  p:\n    scope: [r, w]\n    client_id: \"a $$x\"\n    client_secret: \"command:pass 'a b' '$$HOME'\"\n";

    #[test]
    fn a_profile_is_written_behind_those_that_are_there_and_every_other_byte_stays() {
        check("", &format!("profiles:\n{PROFILE}"));
        check("# c\ndefaults: { retry: 1 }", &format!("# c\ndefaults: {{ retry: 1 }}\nprofiles:\n{PROFILE}"));
        check("profiles:\n", &format!("profiles:\n{PROFILE}"));
        check("\u{feff}profiles:\n  a: {}\n", &format!("\u{feff}profiles:\n  a: {{}}\n{PROFILE}"));
        check("\u{feff}", &format!("\u{feff}\nprofiles:\n{PROFILE}"));
        check("profiles: # mine", &format!("profiles: # mine\n{PROFILE}"));
        check(
            "profiles:\n  a: {retry: 1}\n\n  b:\n    scope: |\n      x\n  # end\n\n# tail\n",
            &format!("profiles:\n  a: {{retry: 1}}\n\n  b:\n    scope: |\n      x\n  # end\n{PROFILE}\n# tail\n"),
        );
        check(
            "profiles:\n  a: &a {retry: 1}\ndefaults:\n  timeout: 5s\n",
            &format!("profiles:\n  a: &a {{retry: 1}}\n{PROFILE}defaults:\n  timeout: 5s\n"),
        );
        check(
            "profiles:\r\n    a:\r\n        retry: 1\r\n",
            &format!(
                "profiles:\r\n    a:\r\n        retry: 1\r\n{}",
                PROFILE.replace("    ", "        ").replace("  p:", "    p:").replace('\n', "\r\n")
            ),
        );
    }

    #[test]
    fn json_is_read_back_as_it_was() {
        let own = layer(&[
            (
                Key::AssertionClaims,
                r#"{"a":"$x \"\\ \u00e9\ud83d\ude00\u0000\u2028\/","b":[1.50,-1e400,{"$c: d":null,"e,f":[{}]}],"g":"true"}"#,
            ),
            (Key::AuthorizationDetails, r#" [{"type" : "$x"}]"#),
            (Key::SecretParams, "otp=env:OTP\nx=file:/y"),
            (Key::ClockOffset, "-1500ms"),
            (Key::Signer, "sign '$HOME' \"it's\""),
        ]);
        let after = with_profile("", "p", &lines(&own, None));
        assert_eq!(adds("", &after, "p", &own), Ok(true), "{after}");
    }

    #[test]
    fn where_lines_do_not_tell_that_is_noticed() {
        let own = layer(&CLIENT);
        for before in [
            "profiles: {a: {retry: 1}}\n",
            "{profiles: {a: {}}}\n",
            "'profiles':\n  a: {}\n",
            "profiles:\n  a: {retry:\n1}\n",
            "defaults: {}\n...\n",
            "profiles:\n  p: {}\n",
            "defaults:\n  scope: \"a\n\nprofiles:\n b\"\n",
        ] {
            let after = with_profile(before, "p", &lines(&own, None));
            assert_ne!(adds(before, &after, "p", &own).ok(), Some(true), "{before}");
        }
        let after = with_profile("", "p", &lines(&own, None));
        assert_eq!(adds("", &after, "p", &layer(&CLIENT[..2])), Ok(false));
    }

    #[test]
    fn what_is_kept_is_no_secret_and_holds_elsewhere_too() {
        let env = Environment::of([("HOME", "/home/ada")]);
        let kept = |key: Key, text: &str| {
            let lasting = lasting(&layer(&[(key, text)]), &env)?;
            Ok::<_, Unwritable>(lines(&lasting, None).join("\n"))
        };
        let here = std::env::current_dir().unwrap();
        let below = |path: &str| here.join(path).display().to_string();
        assert_eq!(
            kept(Key::ClientSecret, "file:s"),
            Ok(format!("client_secret: {}", scalar(&format!("file:{}", below("s")))))
        );
        assert_eq!(kept(Key::Cacert, "ca.pem"), Ok(format!("cacert: {}", scalar(&below("ca.pem")))));
        if cfg!(unix) {
            assert_eq!(kept(Key::Cert, "~/c.pem"), Ok("cert: \"/home/ada/c.pem\"".into()));
        }
        assert_eq!(kept(Key::Timeout, "90"), Ok("timeout: \"1m 30s\"".into()));
        assert_eq!(kept(Key::Params, "a=$b\nc=d"), Ok("params:\n  a: \"$$b\"\n  c: d".into()));
        assert_eq!(kept(Key::Verbose, "true"), Ok(String::new()));
        assert_eq!(kept(Key::Signer, "sign 'a b'"), Ok("signer: \"sign 'a b'\"".into()));
        assert_eq!(kept(Key::ClockOffset, "-90"), Ok("clock_offset: \"-1m 30s\"".into()));
        assert_eq!(kept(Key::Assertion, "github:x"), Ok("assertion: github:x".into()));
        assert_eq!(kept(Key::SecretParams, "otp=env:OTP"), Ok("secret_params:\n  otp: env:OTP".into()));
        let details = format!("authorization_details: {}", scalar(&format!("@{}", below("d"))));
        assert_eq!(kept(Key::AuthorizationDetails, "@d"), Ok(details));
        assert_eq!(
            kept(Key::AssertionClaims, r#"{"a":"$b: ,","c":{"d$":[1,true,null,"e"]}}"#),
            Ok("assertion_claims:\n  a: \"$$b: ,\"\n  c: {\"d$\": [1, true, null, \"e\"]}".into())
        );
        for (key, text, expected) in [
            (Key::ClientSecret, "s3cret", Unwritable::Literal(Key::ClientSecret)),
            (Key::ClientSecret, "literal:s3cret", Unwritable::Literal(Key::ClientSecret)),
            (Key::Password, "prompt", Unwritable::OnlyNow(Key::Password)),
            (Key::Password, "-", Unwritable::OnlyNow(Key::Password)),
            (Key::Proxy, "http://u:p@proxy:1", Unwritable::Inside(Key::Proxy)),
            (Key::Params, "otp=1", Unwritable::Inside(Key::Params)),
            (Key::SecretParams, "otp=1", Unwritable::Literal(Key::SecretParams)),
            (Key::AssertionClaims, r#"{"api_key":"1"}"#, Unwritable::Inside(Key::AssertionClaims)),
            (Key::AuthorizationDetails, "@/dev/stdin", Unwritable::OnlyNow(Key::AuthorizationDetails)),
            (Key::SigningKey, "fd:3", Unwritable::OnlyNow(Key::SigningKey)),
            (Key::Headers, "X-Api-Key: 1", Unwritable::Inside(Key::Headers)),
            (Key::ForceNew, "true", Unwritable::NoProfileKey(Key::ForceNew)),
            (Key::Insecure, "true", Unwritable::NoProfileKey(Key::Insecure)),
        ] {
            assert_eq!(kept(key, text), Err(expected), "{text}");
        }
    }
}
