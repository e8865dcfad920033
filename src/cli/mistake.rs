//! What clap has to complain about, in our words: it would repeat words that may be secrets.

use std::ffi::OsString;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{CliError, SUBCOMMANDS};
use crate::problem::Problem;
use crate::settings::key::{KEYS, On, SetBy};
use crate::settings::{Key, foreign};

/// Words that other programs have, and what they are here.
const WORDS: [(&[&str], &str); 9] = [
    (&["version"], "'oauth2tok --version' prints the version"),
    (
        &["get", "token", "fetch", "print", "access-token", "get-token"],
        "no command is needed: 'oauth2tok -p NAME' prints a token",
    ),
    (
        &["profiles", "list", "ls", "show", "check", "init", "add", "config"],
        "'oauth2tok profile -h' lists what there is for profiles",
    ),
    (&["curl", "api", "call", "http", "post"], "'oauth2tok request [METHOD] URL' makes an API call with the token"),
    (&["run", "env", "with"], "'oauth2tok exec -- CMD' runs a command with the token in its environment"),
    (
        &["convert", "migrate"],
        "'oauth2tok import --from SYSTEM FILE' turns another system's configuration into a profile",
    ),
    (&["signin", "sign-in", "log-in", "auth", "authorize"], "'oauth2tok login -p NAME' logs a person in"),
    (&["signout", "sign-out", "log-out", "revoke"], "'oauth2tok logout -p NAME' ends a login"),
    (&["clear", "clean", "flush"], "'oauth2tok cache clear' forgets a kept token"),
];

/// The same behind `profile`.
const PROFILE_WORDS: [(&[&str], &str); 6] = [
    (&["new", "create"], "'oauth2tok profile init' writes a first config file"),
    (&["get", "cat", "view", "describe", "print"], "'oauth2tok profile show NAME' shows a profile"),
    (&["ls", "names"], "'oauth2tok profile list' lists their names"),
    (&["validate", "test", "lint", "verify"], "'oauth2tok profile check [NAME…]' validates them"),
    (&["edit", "set", "rm", "remove", "delete", "rename"], "edit the file that 'oauth2tok profile path' names"),
    (&["use", "select", "default", "switch"], "a run takes a profile by -p NAME, or by OAUTH2TOK_PROFILE"),
];

/// curl's flags, as they are tried with `request`.
const CURL_FLAGS: [(&[&str], &str); 16] = [
    (&["-X", "--request"], "the method stands before the URL: oauth2tok request POST URL"),
    (&["-I", "--head"], "the method stands before the URL: oauth2tok request HEAD URL"),
    (&["-i", "--include"], "-i is --client-id here; -o json prints status and header fields"),
    (&["-s", "--silent"], "-s is --scope here; nothing but the answer is printed anyway"),
    (&["-S", "--show-error", "-sS"], "errors are always shown"),
    (&["-L", "--location"], "redirects of GET and HEAD are followed within the origin anyway"),
    (&["-f", "--fail", "--fail-with-body"], "a status of 400 and above is exit code 8 anyway; --fail-on says which"),
    (&["-k"], "--insecure accepts any certificate; --cacert FILE names the roots to trust"),
    (&["-m", "--max-time"], "--timeout limits the whole run"),
    (&["-O", "--remote-name"], "the answer goes to stdout: … > FILE"),
    (
        &["--data-raw", "--data-binary", "--data-ascii", "--data-urlencode", "-F", "--form", "-T", "--upload-file"],
        "-d gives the body: text, @FILE, or @- for stdin",
    ),
    (&["-G", "--get"], "the query is a part of the URL"),
    (&["-A", "--user-agent"], "-H 'User-Agent: …' names the program"),
    (&["-b", "--cookie"], "-H 'Cookie: …' sends cookies"),
    (&["-e", "--referer"], "-H 'Referer: …' names a page"),
    (&["--oauth2-bearer"], "the token is fetched and sent by 'request' itself"),
];

fn advice(table: &[(&[&str], &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(words, _)| words.contains(&word)).map(|(_, hint)| *hint)
}

/// Every flag there is, of all commands.
fn flags(command: &Command, found: &mut Vec<String>) {
    found.extend(command.get_arguments().filter_map(|arg| arg.get_long()).map(|long| format!("--{long}")));
    command.get_subcommands().for_each(|command| flags(command, found));
}

/// The same as `error` says, without repeating a word that may be part of a secret: whoever forgets quotes writes one half
/// of it where a command is expected, and whoever forgets a space makes it a part of a flag. `words` is the command line.
pub(super) fn explain(error: &clap::Error, command: &mut Command, words: &[OsString]) -> Option<CliError> {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        // Where a value is missing, clap lists the possible ones, also where there is no such list.
        Some(ContextValue::Strings(texts)) if !texts.is_empty() => Some(texts.join(", ")),
        _ => None,
    };
    // clap names a flag with its value's name: `--client-id <ID>`.
    let flag_of = |text: Option<String>| {
        text.filter(|text| text.starts_with('-')).and_then(|text| Some(text.split([' ', '=']).next()?.to_owned()))
    };
    let arg = flag_of(context(ContextKind::InvalidArg));
    let stray = match error.kind() {
        ErrorKind::UnknownArgument if arg.is_none() => context(ContextKind::InvalidArg),
        ErrorKind::InvalidSubcommand => context(ContextKind::InvalidSubcommand),
        _ => None,
    };
    let message = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return None;
        }
        ErrorKind::UnknownArgument => match &arg {
            // A short one is a single letter, which gives nothing away.
            Some(flag) if !flag.starts_with("--") && flag.chars().count() == 2 => format!("unknown flag '{flag}'"),
            // So is the name of a setting.
            Some(flag) if has_no_flag(flag).is_some() => format!("unknown flag '{flag}'"),
            Some(flag) => {
                let mut known = Vec::new();
                command.build();
                flags(command, &mut known);
                format!("unknown flag {}", foreign::quoted(flag, known.iter().map(String::as_str)))
            }
            None => UNEXPECTED.into(),
        },
        ErrorKind::InvalidSubcommand => UNEXPECTED.into(),
        ErrorKind::ArgumentConflict => match (arg.as_ref(), flag_of(context(ContextKind::PriorArg))) {
            (Some(one), Some(other)) => format!("{one} and {other} exclude each other"),
            _ => "two flags exclude each other".into(),
        },
        ErrorKind::InvalidValue => match (&arg, context(ContextKind::ValidValue)) {
            (Some(flag), Some(valid)) => format!("{flag}: expected one of {valid}"),
            (Some(flag), None) => format!("{flag} needs a value"),
            (None, Some(valid)) => format!("expected one of {valid}"),
            (None, None) => "a value is missing".into(),
        },
        ErrorKind::TooManyValues if arg.is_none() => "one word too many on the command line".into(),
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues | ErrorKind::TooFewValues => {
            format!("{} takes another number of values", arg.as_deref().unwrap_or("a flag"))
        }
        ErrorKind::MissingRequiredArgument => {
            let name = context(ContextKind::InvalidArg).unwrap_or_else(|| "a word".into());
            let bare = |word: &str| match word.starts_with('-') {
                true => word.to_owned(),
                false => word.trim_end_matches("...").trim_matches(['<', '>']).to_owned(),
            };
            format!("missing: {}", name.split(", ").map(bare).collect::<Vec<_>>().join(", "))
        }
        ErrorKind::MissingSubcommand => {
            let words = context(ContextKind::ValidSubcommand).unwrap_or_default();
            format!("the command needs one of these words behind it: {words}")
        }
        ErrorKind::InvalidUtf8 => "a word on the command line is not valid UTF-8".into(),
        _ => "the command line cannot be understood".into(),
    };
    let is_there = |name: &str| words.iter().skip(1).any(|word| word == name);
    let own = SUBCOMMANDS.iter().map(|own| own.name).find(|name| is_there(name));
    let own = own.map(|own| if own == "login" && is_there("status") { "login status" } else { own });
    let help = match own {
        Some(own) => format!("'oauth2tok {own} -h' lists its flags"),
        None => "'oauth2tok -h' lists commands and flags".into(),
    };
    let suggested = context(ContextKind::SuggestedArg).or_else(|| context(ContextKind::SuggestedSubcommand));
    let unflagged = arg.as_deref().filter(|_| error.kind() == ErrorKind::UnknownArgument).and_then(has_no_flag);
    // A value in other letters: what is repeated is our own word.
    let cased = || {
        let (given, valid) = (context(ContextKind::InvalidValue)?, context(ContextKind::ValidValue)?);
        let near = valid.split(", ").find(|valid| valid.eq_ignore_ascii_case(&given))?;
        Some(format!("did you mean '{near}'?"))
    };
    let hint = match (own, &stray) {
        _ if unflagged.is_some() => unflagged,
        (_, None) if error.kind() == ErrorKind::InvalidValue => cased(),
        (Some("request"), None) if matches!(error.kind(), ErrorKind::UnknownArgument) => {
            arg.as_deref().and_then(|flag| advice(&CURL_FLAGS, flag)).map(str::to_owned)
        }
        // The URL went into a flag of ours that is a switch for curl.
        (Some("request"), None) if error.kind() == ErrorKind::MissingRequiredArgument => {
            words.iter().filter_map(|word| word.to_str()).find_map(|word| advice(&CURL_FLAGS, word)).map(str::to_owned)
        }
        (Some("profile"), Some(word)) => advice(&PROFILE_WORDS, word).map(str::to_owned),
        (Some("batch"), Some(_)) => {
            Some("the messages come on stdin: oauth2tok batch … < FILE; a profile is named with -p NAME".into())
        }
        (Some("exec"), _) if error.kind() == ErrorKind::UnknownArgument => Some(
            "the command comes after '--', and a profile is named with -p NAME: oauth2tok exec [OPTIONS] -- CMD [ARGS]…"
                .into(),
        ),
        (None, Some(word)) => advice(&WORDS, word).map(str::to_owned),
        _ => None,
    };
    let hint = hint.unwrap_or_else(|| match (suggested, &stray) {
        (Some(near), Some(_)) => {
            format!("did you mean '{near}'? A profile is named with -p NAME, and a value with spaces needs quotes")
        }
        (Some(near), None) => format!("did you mean '{near}'?"),
        (None, Some(_)) => format!("a profile is named with -p NAME; a value with spaces needs quotes; {help}"),
        (None, None) => format!("{help}, '--help' explains them"),
    });
    let problem = Problem::usage(message, hint);
    Some(match stray {
        Some(word) => CliError::Stray { word, command: own, problem },
        None => CliError::Usage(problem),
    })
}

/// Where a setting belongs that was tried as a flag and has none, or none of this command.
fn has_no_flag(flag: &str) -> Option<String> {
    let name = flag.strip_prefix("--")?;
    let is_negated =
        |key: &&Key| key.setting().flag.and_then(|flag| flag.negated).is_some_and(|(word, _)| word.flag == name);
    let key = Key::from_profile_name(&name.replace('-', "_")).or_else(|| KEYS.iter().find(is_negated).copied())?;
    let name = key.name();
    match (key.setting().set_by, key.setting().flag) {
        (SetBy::Unflagged, _) => Some(format!("{name} has no flag: write it in a profile, or {}=…", key.variable())),
        (SetBy::ProfileAlone, _) => Some(format!("{name} has no flag: write it in a profile")),
        (_, Some(own)) if own.on == On::Login => Some(format!(
            "{flag} is a flag of 'oauth2tok login'; for every run write {name} in a profile, or {}=…",
            key.variable()
        )),
        (_, Some(own)) if own.on == On::Few => {
            Some(format!("this command has no {flag}: write {name} in a profile, or {}=…", key.variable()))
        }
        _ => None,
    }
}

const UNEXPECTED: &str = "unexpected word on the command line (not repeated here: it may be part of a secret)";
