//! `profile list` and `profile show`.

use serde_json::{Value, json};

use super::with_profile;
use crate::json::object;
use crate::problem;
use crate::render::columns;
use crate::report::stdout_is_terminal;
use crate::settings::{self, Described, Environment, Key, Layer, Origin, Wanted};
use crate::text::escaped;

/// The names, in the file's order.
pub(super) fn list(upper: &Layer, json: bool, env: &Environment) -> problem::Result<String> {
    let file = settings::config_file(upper, Wanted::Names, env)?;
    let names: Vec<_> = file.iter().flat_map(|file| file.names()).collect();
    if json {
        return Ok(as_json(&json!(names)));
    }
    Ok(names.into_iter().flat_map(|name| [escaped(name).into_owned(), "\n".into()]).collect())
}

/// The merged settings with their origins, secrets hidden.
pub(super) fn show(name: &str, upper: Layer, json: bool, env: &Environment) -> problem::Result<String> {
    let layer = settings::merge(with_profile(upper, name), env)?;
    let settings: Vec<_> = settings::described(&layer, env)
        .into_iter()
        .filter(|setting| !matches!(setting.name.as_str(), "profile" | "config"))
        .collect();
    if json {
        let member = |Described { name, value, origin }: Described| {
            // Of several proxies each has a name of its own.
            let name = match &origin {
                Origin::Env(variable) if !Key::from_profile_name(&name).is_some_and(|key| key.is_said_by(variable)) => {
                    variable.to_ascii_lowercase()
                }
                _ => name,
            };
            (name, json!({ "value": value.json(), "origin": origin.to_string() }))
        };
        return Ok(as_json(&object(settings.into_iter().map(member))));
    }
    let told = |setting: &Described| {
        [setting.name.clone(), escaped(&setting.value.to_string()).into_owned(), setting.origin.to_string()]
    };
    if stdout_is_terminal() {
        return Ok(columns(&settings.iter().map(told).collect::<Vec<_>>()));
    }
    Ok(settings.iter().map(told).map(|[name, value, origin]| format!("{name}: {value}  # {origin}\n")).collect())
}

/// Pretty on a terminal, one line elsewhere.
fn as_json(value: &Value) -> String {
    if stdout_is_terminal() { format!("{value:#}\n") } else { format!("{value}\n") }
}
