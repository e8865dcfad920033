//! `${VAR}` in values, which is filled in after the YAML is parsed.

use std::collections::BTreeSet;

use crate::secret::names::secrets_in_query;
use crate::settings::excerpt::shown;
use crate::settings::is_fit_to_show;

/// Looks an environment variable up.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Why variables are not filled in.
pub(super) enum Unfilled {
    /// What is wrong, and what to write instead.
    Fault(String, Option<String>),
    /// It would be too much.
    Large,
}

/// What to write for a dollar.
const DOLLAR: &str = "write $$ for a dollar";

/// `${VAR}`, `${VAR:default}`, the shell's `${VAR:-default}` and `${VAR:?message}`, and `$$`, as long as it is not too much.
/// What elsewhere stands for a value is refused, because it would go out as it is; of a secret its shape is judged later.
pub(super) fn fill(text: &str, lookup: Variables<'_>, most: usize, is_secret: bool) -> Result<String, Unfilled> {
    let mut out = String::with_capacity(text.len());
    let mut looked_up = 0;
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$$") {
            out.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix("${") {
            if after.starts_with('{') {
                let hint = "give it to the job as an environment variable NAME and write ${NAME} here".to_owned();
                return Err(Unfilled::Fault("'${{ … }}' is filled in by a CI system, and was not".into(), Some(hint)));
            }
            let Some((inside, after)) = after.split_once('}') else {
                return Err(Unfilled::Fault("'${' is not closed".into(), Some(DOLLAR.into())));
            };
            out.push_str(&variable(inside, lookup)?);
            looked_up += LOOKUP;
            if out.len() + looked_up > most {
                return Err(Unfilled::Large);
            }
            rest = after;
        } else {
            let name = &rest[1..];
            let name = &name[..name.find(|c| !is_of_name(c)).unwrap_or(name.len())];
            if !is_secret && name.starts_with(|c: char| !c.is_ascii_digit()) {
                let hint = format!("write ${{{name}}} for the variable, or $${name} for the text");
                return Err(Unfilled::Fault(format!("'${name}' is not filled in"), Some(hint)));
            }
            if !is_secret && rest.starts_with("$(") {
                return Err(Unfilled::Fault("'$(…)' is not run: there is no shell here".into(), Some(DOLLAR.into())));
            }
            out.push('$');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// What `${inside}` stands for.
fn variable(inside: &str, lookup: Variables<'_>) -> Result<String, Unfilled> {
    let fault = |message: String, hint: &str| Err(Unfilled::Fault(message, Some(hint.to_owned())));
    let (name, rest) = inside.split_once(':').map_or((inside, None), |(name, rest)| (name, Some(rest)));
    if name.is_empty() || !name.chars().all(is_of_name) {
        return fault("'${…}' must hold the name of an environment variable".into(), DOLLAR);
    }
    // As in a shell, what ':-' and ':?' say counts for an empty variable too.
    let value = lookup(name);
    let is_said = value.as_ref().is_some_and(|value| !value.is_empty());
    match (value, rest.map(|rest| rest.split_at(usize::from(rest.starts_with(['-', '?', '=', '+']))))) {
        (Some(value), Some(("-" | "?", _))) if is_said => Ok(value),
        (_, Some(("-", default))) => Ok(default.to_owned()),
        (_, Some(("?", message))) => {
            let message = if message.is_empty() { "it is not set, or empty" } else { &shown(message) };
            fault(format!("the environment variable {name}: {message}"), "set it, or give a default: ${NAME:default}")
        }
        (_, Some((sign @ ("=" | "+"), _))) => {
            fault(format!("'${{{name}:{sign}…}}' is not known here"), "write ${NAME:default} for a default")
        }
        (Some(value), _) => Ok(value),
        // What other programs write: `${env:NAME}`, `${file:PATH}`.
        (None, Some((_, place))) if PLACES.iter().any(|known| name.eq_ignore_ascii_case(known)) => {
            let place = if place.chars().all(is_of_name) { place } else { "NAME" };
            fault(
                format!("'${{{name}:…}}' is not known here"),
                &format!("write ${{{place}}} for an environment variable; a secret is written env:NAME or file:PATH"),
            )
        }
        (None, Some((_, default))) => Ok(default.to_owned()),
        (None, None) => Err(Unfilled::Fault(
            format!("the environment variable {name} is not set (${{{name}:default}} gives a default)"),
            None,
        )),
    }
}

/// What stands before the colon where other programs name the place that a value comes from.
const PLACES: [&str; 8] = ["env", "file", "sys", "secret", "secrets", "vault", "cmd", "command"];

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The names of the variables that [`fill`] would look up in `text`.
pub(super) fn variables(text: &str) -> impl Iterator<Item = &str> {
    let texts = text.split("$$").flat_map(|text| text.split("${").skip(1));
    texts.filter_map(|rest| rest.split(['}', ':']).next())
}

/// The variables in a URL that are secret: by the place they stand in, or by what they hold.
pub(super) fn secret_variables(url: &str, lookup: Variables<'_>) -> BTreeSet<String> {
    let userinfo = url.rsplit_once('@').map_or("", |(userinfo, _)| userinfo);
    let by_value = variables(url).filter(|name| lookup(name).is_some_and(|value| !is_fit_to_show(&value)));
    let mut secret: BTreeSet<_> = variables(userinfo).chain(by_value).map(str::to_owned).collect();
    for (_, value) in secrets_in_query(url) {
        secret.extend(variables(value.expose()).map(str::to_owned));
    }
    secret
}

/// What looking a variable up counts, whatever it holds (bytes).
const LOOKUP: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, (&str, Option<&str>)>) {
        let lookup = |name: &str| match name {
            "SET" => Some("x".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let filled = fill(text, &lookup, 1 << 20, false).map_err(|error| match error {
            Unfilled::Fault(message, hint) => (message, hint),
            Unfilled::Large => panic!("too large"),
        });
        let expected = expected.map(str::to_owned).map_err(|(message, hint)| (message.into(), hint.map(str::to_owned)));
        assert_eq!(filled, expected, "{text}");
    }

    #[test]
    fn variables_are_filled_in_and_a_shells_defaults_mean_what_they_mean_there() {
        for (text, expected) in [
            ("${SET}-${SET:y}-$$", "x-x-$"),
            ("${NOPE:y}${EMPTY:y}", "y"),
            ("${NOPE:-y}${EMPTY:-y}${SET:-y}", "yyx"),
            ("${NOPE:-}", ""),
            ("${NOPE:--1}", "-1"),
            ("${SET:?m}", "x"),
            ("${NOPE:https://h:1/?a}", "https://h:1/?a"),
            ("US$ 5, a$, $5", "US$ 5, a$, $5"),
            ("$$SET $${SET} $$$$", "$SET ${SET} $$"),
        ] {
            check(text, Ok(expected));
        }
    }

    #[test]
    fn what_stands_for_a_value_elsewhere_is_refused_with_what_to_write() {
        let default = Some("set it, or give a default: ${NAME:default}");
        let place = |name: &str| {
            format!("write ${{{name}}} for an environment variable; a secret is written env:NAME or file:PATH")
        };
        for (text, message, hint) in [
            ("a $HOME", "'$HOME' is not filled in", Some("write ${HOME} for the variable, or $$HOME for the text")),
            ("$_", "'$_' is not filled in", Some("write ${_} for the variable, or $$_ for the text")),
            ("$(cat f)", "'$(…)' is not run: there is no shell here", Some(DOLLAR)),
            (
                "${{ secrets.X }}",
                "'${{ … }}' is filled in by a CI system, and was not",
                Some("give it to the job as an environment variable NAME and write ${NAME} here"),
            ),
            ("${SET", "'${' is not closed", Some(DOLLAR)),
            ("${secrets.X}", "'${…}' must hold the name of an environment variable", Some(DOLLAR)),
            ("${NOPE-y}", "'${…}' must hold the name of an environment variable", Some(DOLLAR)),
            ("${NOPE:?set it}", "the environment variable NOPE: set it", default),
            ("${EMPTY:?}", "the environment variable EMPTY: it is not set, or empty", default),
            ("${SET:=y}", "'${SET:=…}' is not known here", Some("write ${NAME:default} for a default")),
            ("${SET:+y}", "'${SET:+…}' is not known here", Some("write ${NAME:default} for a default")),
            ("${env:SET}", "'${env:…}' is not known here", Some(&place("SET"))),
            ("${file:/run/x}", "'${file:…}' is not known here", Some(&place("NAME"))),
        ] {
            check(text, Err((message, hint)));
        }
    }

    #[test]
    fn of_a_secret_the_shape_is_judged_later() {
        let filled = fill("p$ss$(x)", &|_| None, 1 << 20, true);
        assert!(filled.is_ok_and(|text| text == "p$ss$(x)"));
    }
}
