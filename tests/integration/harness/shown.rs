//! What `profile show` says of a setting.

use super::{Run, oauth2tok};

/// A config file whose profile says nothing.
pub const NOTHING: &str = "profiles: { p: {} }\n";

/// `profile show p -o json`: each setting's value and origin.
#[track_caller]
pub fn shown(yaml: &str, run: impl FnOnce(Run) -> Run) -> serde_json::Value {
    let run = run(oauth2tok().config(yaml).args(["profile", "show", "p", "-o", "json"]).any_stdout());
    serde_json::from_str(&run.run().stdout).unwrap()
}

/// A setting has this value, as JSON, and comes from a place whose name ends so.
#[track_caller]
pub fn check(yaml: &str, run: impl FnOnce(Run) -> Run, name: &str, value: &str, origin: &str) {
    let shown = shown(yaml, run);
    assert_eq!(shown[name]["value"].to_string(), value, "{shown}");
    let told = shown[name]["origin"].as_str().unwrap_or_default();
    assert!(told.ends_with(origin), "{shown}");
}

/// It can be `written` in a profile, where its value is this, and the variable that has its name goes before that.
#[track_caller]
pub fn check_everywhere(yaml: &str, name: &str, written: &str, value: &str) {
    let variable = format!("OAUTH2TOK_{}", name.to_ascii_uppercase());
    let origin = format!("env {variable}");
    check(yaml, |run| run, name, value, "config.yaml:3");
    check(NOTHING, |run| run.env(&variable, written), name, value, &origin);
    // An empty variable takes away what a profile says.
    check(yaml, |run| run.env(&variable, ""), name, "null", &origin);
}
