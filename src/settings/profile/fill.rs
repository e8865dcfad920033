//! `${VAR}` in values, which is filled in after the YAML is parsed.

use crate::secret::names::is_sensitive_name;
use crate::settings::is_fit_to_show;

/// Looks an environment variable up.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Why variables are not filled in.
pub(super) enum Unfilled {
    /// What is wrong.
    Fault(String),
    /// It would be too much.
    Large,
}

/// `${VAR}`, `${VAR:default}` and `$$`, as long as it is not too much.
pub(super) fn fill(text: &str, lookup: Variables<'_>, most: usize) -> Result<String, Unfilled> {
    let fault = |message: &str| Unfilled::Fault(message.to_owned());
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
            let (inside, after) =
                after.split_once('}').ok_or_else(|| fault("'${' is not closed; write $$ for a dollar"))?;
            let (name, default) =
                inside.split_once(':').map_or((inside, None), |(name, default)| (name, Some(default)));
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return Err(fault("'${…}' must hold the name of an environment variable; write $$ for a dollar"));
            }
            match (lookup(name), default) {
                (Some(value), _) => out.push_str(&value),
                (None, Some(default)) => out.push_str(default),
                (None, None) => {
                    return Err(Unfilled::Fault(format!(
                        "the environment variable {name} is not set (${{{name}:default}} gives a default)"
                    )));
                }
            }
            looked_up += LOOKUP;
            if out.len() + looked_up > most {
                return Err(Unfilled::Large);
            }
            rest = after;
        } else {
            out.push('$');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// The names of the variables that [`fill`] would look up in `text`.
pub(super) fn variables(text: &str) -> impl Iterator<Item = &str> {
    let texts = text.split("$$").flat_map(|text| text.split("${").skip(1));
    texts.filter_map(|rest| rest.split(['}', ':']).next())
}

/// The variables in a URL that are secret: by the place they stand in, or by what they hold.
pub(super) fn secret_variables<'a>(url: &'a str, lookup: Variables<'a>) -> impl Iterator<Item = &'a str> {
    let userinfo = url.rsplit_once('@').map_or("", |(userinfo, _)| userinfo);
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let members = query.split('&').filter_map(|member| member.split_once('='));
    let by_name = members.filter(|(name, _)| is_sensitive_name(name)).flat_map(|(_, value)| variables(value));
    let by_value = variables(url).filter(move |name| lookup(name).is_some_and(|value| !is_fit_to_show(&value)));
    variables(userinfo).chain(by_name).chain(by_value)
}

/// What looking a variable up counts, whatever it holds (bytes).
const LOOKUP: usize = 256;
