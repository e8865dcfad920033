//! What the commands share that ask a server beside its token endpoint: `introspect`, `revoke`, `userinfo`.

use clap::{Arg, ArgMatches};

use super::flags::Flags;
use super::text;
use crate::settings::Key;
use crate::settings::key::On;

/// Not the setting of that name.
const OUTPUT: &str = "asked_output";

/// The word that says where a token comes from.
pub(super) fn token(help: &'static str) -> Arg {
    Arg::new("token").value_name("TOKEN").allow_hyphen_values(true).help(help)
}

/// What is printed: one of these forms, of which `curl` is a command that sends the same.
pub(super) fn output(forms: &[&'static str]) -> Arg {
    let usual = forms
        .first()
        .filter(|form| **form != "curl")
        .map_or(String::new(), |form| format!("{form} (the default), or "));
    let arg = Arg::new(OUTPUT).short('o').long("output").value_name("FORMAT").help_heading("Output");
    let help = format!("What to print: {usual}curl, with --dry-run: a command that sends the same request");
    arg.value_parser(clap::builder::PossibleValuesParser::new(forms.to_vec())).help(help)
}

/// The request is shown as a command.
pub(super) fn is_curl(matches: &ArgMatches) -> bool {
    text(matches, OUTPUT).is_some_and(|form| form == "curl")
}

/// The flags of settings, these endpoints among them. What is about kept tokens means nothing.
pub(super) fn settings(flags: Flags<'_>, endpoints: &[Key]) -> impl Iterator<Item = Arg> {
    let is_idle = |arg: &Arg| {
        let of_cache = [Key::Cache, Key::ForceNew, Key::MinValid];
        of_cache.iter().any(|key| arg.get_id() == key.name()) || arg.get_id() == "no_cache"
    };
    let given: Vec<_> = endpoints.iter().filter_map(|key| flags.of(*key)).collect();
    flags.on(&[On::Every, On::Fetch]).map(move |arg| if is_idle(&arg) { arg.hide(true) } else { arg }).chain(given)
}
