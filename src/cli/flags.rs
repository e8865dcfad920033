//! The flags of settings: made for clap from the table's rows, and read back into a [`Layer`]. No flag is named here.

use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches, ValueHint, parser::ValueSource};

use crate::settings::key::{Flag, Help, KEYS, Kind, On, Word};
use crate::settings::{Key, Layer, Origin, SettingValue, SettingsError};

/// Which flags are described: all there are, or those that the words of a command line can mean. Describing one takes
/// longer than reading it, and most command lines hold few.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flags<'w> {
    words: Option<&'w [OsString]>,
}

impl<'w> Flags<'w> {
    /// All there are, for help, for errors and for what is generated.
    pub(super) const ALL: Self = Flags { words: None };

    /// Those that `words` can mean: the same words are read to the same end with them as with all.
    pub(super) fn meant_by(words: &'w [OsString]) -> Self {
        Self { words: Some(words) }
    }

    /// Those of the commands `on`, in the order of their help.
    pub(super) fn on(self, on: &[On]) -> impl Iterator<Item = Arg> {
        let rows = KEYS.iter().filter_map(|key| Some((*key, key.setting().flag.as_ref()?)));
        let mut rows: Vec<_> = rows.filter(|(key, flag)| on.contains(&flag.on) && self.describes(*key, flag)).collect();
        rows.sort_by_key(|(key, flag)| (flag.section, flag.on, *key));
        rows.into_iter().flat_map(move |(key, flag)| [Some(self.made(key, flag)), negation(key, flag)]).flatten()
    }

    /// The flag of `key`, with all its help.
    pub(super) fn of(self, key: Key) -> Option<Arg> {
        Some(self.made(key, key.setting().flag.as_ref()?))
    }

    /// True where a command is described.
    pub(super) fn names(self, command: &str) -> bool {
        self.words.is_none_or(|words| words.iter().any(|word| word == command))
    }

    /// True where a word can be this flag. More than that does no harm: a word may be a value.
    fn describes(self, key: Key, flag: &Flag) -> bool {
        let Some(words) = self.words else { return true };
        let is_begun =
            |long: &[u8], word: Option<Word>| word.is_some_and(|word| long.starts_with(word.flag.as_bytes()));
        words.iter().any(|word| match word.as_encoded_bytes() {
            [b'-', b'-', long @ ..] => {
                is_begun(long, Some(key.setting().word()))
                    || is_begun(long, flag.alias)
                    || is_begun(long, flag.negated.map(|(word, _)| word))
            }
            [b'-', letters @ ..] => flag.short.is_some_and(|short| letters.contains(&(short as u8))),
            _ => false,
        })
    }

    fn made(self, key: Key, flag: &Flag) -> Arg {
        let setting = key.setting();
        let mut arg = Arg::new(setting.name.key)
            .long(setting.word().flag)
            .help(flag.help.text())
            .help_heading(flag.section.heading());
        if let Some(more) = flag.more {
            arg = arg.long_help(format!("{}\n\n{}", flag.help.text(), more.text()));
        }
        if let Some(short) = flag.short {
            arg = arg.short(short);
        }
        if let Some(alias) = flag.alias {
            arg = arg.visible_alias(alias.flag);
        }
        if let Some((word, _)) = flag.negated {
            arg = arg.overrides_with(word.key);
        }
        if let Some((other, row)) = flag.excludes.and_then(|other| Some((other, other.setting().flag.as_ref()?)))
            && self.describes(other, row)
        {
            arg = arg.conflicts_with(other.name());
        }
        match setting.kind {
            Kind::Switch => arg.action(ArgAction::SetTrue),
            Kind::List(_) | Kind::Map { .. } | Kind::Claims => arg.action(ArgAction::Append).value_name(flag.value),
            kind => {
                let begins_with_hyphen = flag.hyphens || matches!(kind, Kind::Secret | Kind::Ranges);
                arg.value_name(flag.value).allow_hyphen_values(begins_with_hyphen).value_hint(match kind {
                    Kind::Path => ValueHint::FilePath,
                    Kind::Command => ValueHint::CommandString,
                    // Of a proxy a name and a port are enough.
                    Kind::Url if key != Key::Proxy => ValueHint::Url,
                    _ => ValueHint::Unknown,
                })
            }
        }
    }
}

/// The flag that says no.
fn negation(key: Key, flag: &Flag) -> Option<Arg> {
    let (word, help) = flag.negated?;
    let arg = Arg::new(word.key).long(word.flag).action(ArgAction::SetTrue).overrides_with(key.name());
    Some(arg.help(Help::Text(help).text()).help_heading(flag.section.heading()))
}

/// Puts what the command line says of settings into `layer`.
///
/// # Errors
/// A value that its setting cannot be.
pub(super) fn read(matches: &ArgMatches, layer: &mut Layer) -> Result<(), SettingsError> {
    let given: Vec<&str> = matches
        .ids()
        .map(clap::Id::as_str)
        .filter(|id| matches.value_source(id) == Some(ValueSource::CommandLine))
        .collect();
    for key in KEYS.iter().copied() {
        let Some(flag) = &key.setting().flag else { continue };
        if flag.negated.is_some_and(|(word, _)| given.contains(&word.key)) {
            layer.set(key, key.negative(), Origin::NoFlag(key));
        } else if given.contains(&key.name()) {
            layer.set(key, value(matches, key)?, Origin::Flag(key));
        }
    }
    Ok(())
}

/// What a flag that was given says. Each use of a repeatable one is an item, or for scopes one or more.
fn value(matches: &ArgMatches, key: Key) -> Result<SettingValue, SettingsError> {
    if matches!(key.setting().kind, Kind::Switch) {
        return Ok(SettingValue::Switch(true));
    }
    let texts = matches.get_many::<String>(key.name()).into_iter().flatten();
    let mut values = texts.map(|text| key.read(text).map_err(|expected| (Origin::Flag(key), expected)));
    let joined = values.try_fold(None, |before, value| {
        Ok(Some(match (before, value?) {
            (Some(SettingValue::List(before)), SettingValue::List(items)) => {
                SettingValue::List([before, items].concat())
            }
            (Some(SettingValue::Map(before)), SettingValue::Map(pairs)) => SettingValue::Map([before, pairs].concat()),
            (Some(SettingValue::Claims(before)), SettingValue::Claims(claims)) => {
                if claims.iter().any(|(name, _)| before.iter().any(|(other, _)| other == name)) {
                    return Err((Origin::Flag(key), "a name is given twice".into()));
                }
                SettingValue::Claims([before, claims].concat())
            }
            (_, value) => value,
        }))
    });
    let value = joined.map_err(|(origin, expected)| SettingsError::Value { origin, expected })?;
    Ok(value.unwrap_or(SettingValue::List(Vec::new())))
}
