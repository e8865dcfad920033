//! What there is on this side: the program, its files, the way out, the person.

use std::path::Path;

use crate::browser::{self, Browser, System};
use crate::commands::context::Context;
use crate::http::Pool;
use crate::settings::{self, Environment, Key, Layer, Settings, profile};
use crate::terminal;

/// The program, and what is said of it where.
pub(super) fn settings(settings: &Settings, env: &Environment) -> Vec<String> {
    let layer = &settings.layer;
    let mut lines = vec![program()];
    lines.extend(
        settings::described(layer, env)
            .into_iter()
            .map(|setting| format!("{} = {} ({})", setting.name, setting.value, setting.origin)),
    );
    lines
}

/// The program.
pub(super) fn program() -> String {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("oauth2tok {}, {os} {arch}", env!("CARGO_PKG_VERSION"))
}

/// What a run finds here whatever it asks for.
pub(super) fn surroundings(layer: &Layer, context: &Context, pool: Option<&Pool>) -> Vec<String> {
    let env = &context.env;
    let lookup = |name: &str| env.os(name);
    let config = match layer.text(Key::Config) {
        Some(path) => env.expanded(path.as_ref()).ok().map(|path| path.into_owned()),
        None => profile::default_path(env),
    };
    let state = env.state_dir().map(|dir| dir.join("oauth2tok"));
    let cache = match layer.is_on(Key::Cache) {
        true => "on",
        false => "off, --cache turns it on",
    };
    let mut lines = vec![program()];
    for (what, path, more) in [
        ("config file", config, String::new()),
        ("cache", context.cache_dir(), format!("; {cache}")),
        ("machine key", state, String::new()),
    ] {
        lines.push(match path {
            Some(path) => format!("{what}: {}{more}", look(&path)),
            None => format!("{what}: nowhere, since the home directory is not known (HOME){more}"),
        });
    }
    let proxies = pool.map(Pool::proxies).unwrap_or_default();
    let proxies: Vec<_> = proxies.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    lines.push(format!("proxies: {}", if proxies.is_empty() { "none".to_owned() } else { proxies.join(", ") }));
    lines.extend(pool.map(|pool| format!("trusted roots: {}", pool.roots())));
    let person = match (terminal::has_person(&lookup), terminal::is_readable()) {
        (true, _) => "somebody is there to be asked",
        (false, true) => {
            "one can be read, but nobody is asked: a variable says that this is a job, or stderr is elsewhere"
        }
        (false, false) => "none",
    };
    lines.push(format!("terminal: {person}"));
    let openers = browser::candidates(&Browser::Auto, "https://server.invalid/", System::current(&lookup), &lookup);
    let names: Vec<_> = openers.iter().map(|opener| opener.name().to_owned()).collect();
    lines.push(format!("browser: {}", if names.is_empty() { "none".to_owned() } else { names.join(", then ") }));
    lines
}

/// A file or a directory, whose it is and who may do what with it.
fn look(path: &Path) -> String {
    let shown = path.display();
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => format!("{shown} (not there)"),
        Err(error) => format!("{shown} (cannot be looked at: {})", crate::net::io_text(&error)),
        Ok(found) => format!("{shown} ({})", owned(&found)),
    }
}

#[cfg(unix)]
fn owned(found: &std::fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt as _;
    let owner = match found.uid() {
        uid if uid == rustix::process::geteuid().as_raw() => "yours".to_owned(),
        0 => "root's".to_owned(),
        uid => format!("of user {uid}"),
    };
    format!("{owner}, mode {:04o}", found.mode() & 0o7777)
}

#[cfg(not(unix))]
fn owned(found: &std::fs::Metadata) -> String {
    if found.permissions().readonly() { "read-only" } else { "writable" }.to_owned()
}
