//! A value of a foreign configuration: text with environment variables in it. Pure.

use super::MOST;

/// A piece of a [`Text`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Piece {
    /// Text as it is.
    Literal(String),
    /// The value of an environment variable, or a default where it is not set.
    Variable {
        /// Its name.
        name: String,
        /// The default.
        default: Option<String>,
    },
    /// What a command prints, or a file holds.
    Output(Output),
}

/// Text that only a command can tell.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Output {
    /// A secret's source in a profile's language that tells the same, if there is one.
    pub(super) source: Option<String>,
    /// The command as it stood. It may hold a secret.
    pub(super) command: String,
}

/// Literal pieces and variables in a row; it may be a secret, so it has no `Debug`.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Text(Vec<Piece>);

impl Text {
    /// Text without variables.
    pub(super) fn literal(text: impl Into<String>) -> Self {
        let mut out = Self::default();
        out.push_literal(&text.into());
        out
    }

    /// One variable.
    pub(super) fn variable(name: impl Into<String>, default: Option<String>) -> Self {
        Self(vec![Piece::Variable { name: name.into(), default }])
    }

    /// What a command prints.
    pub(super) fn output(output: Output) -> Self {
        Self(vec![Piece::Output(output)])
    }

    /// What a file holds.
    pub(super) fn file(path: &Self) -> Self {
        Self::from_source(format!("file:{}", path.in_profile()))
    }

    /// What a source in a profile's language tells.
    pub(super) fn from_source(source: String) -> Self {
        Self::output(Output { source: Some(source), command: String::new() })
    }

    /// Appends text as it is.
    pub(super) fn push_literal(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Piece::Literal(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.0.push(Piece::Literal(text.to_owned())),
        }
    }

    /// Appends another text.
    pub(super) fn push(&mut self, other: &Self) {
        other.0.iter().for_each(|piece| self.push_piece(piece));
    }

    /// Appends one piece.
    pub(super) fn push_piece(&mut self, piece: &Piece) {
        match piece {
            Piece::Literal(text) => self.push_literal(text),
            other => self.0.push(other.clone()),
        }
    }

    /// Its pieces.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// True where there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text, if no variable is in it.
    pub(super) fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Without white space at its ends.
    pub(super) fn trimmed(&self) -> Self {
        let last = self.0.len().saturating_sub(1);
        let mut out = Self::default();
        for (at, piece) in self.0.iter().enumerate() {
            match piece {
                Piece::Literal(text) => {
                    let text = if at == 0 { text.trim_start() } else { text };
                    out.push_literal(if at == last { text.trim_end() } else { text });
                }
                other => out.push_piece(other),
            }
        }
        out
    }

    /// The two sides of the first `separator` that stands in literal text.
    pub(super) fn split_once(&self, separator: char) -> Option<(Self, Self)> {
        let (at, (before, after)) = self.0.iter().enumerate().find_map(|(at, piece)| match piece {
            Piece::Literal(text) => text.split_once(separator).map(|sides| (at, sides)),
            Piece::Variable { .. } | Piece::Output(_) => None,
        })?;
        Some(self.around(at, before, after))
    }

    /// The two sides of the last `separator` that stands in literal text.
    pub(super) fn rsplit_once(&self, separator: char) -> Option<(Self, Self)> {
        let (at, (before, after)) = self.0.iter().enumerate().rev().find_map(|(at, piece)| match piece {
            Piece::Literal(text) => text.rsplit_once(separator).map(|sides| (at, sides)),
            Piece::Variable { .. } | Piece::Output(_) => None,
        })?;
        Some(self.around(at, before, after))
    }

    fn around(&self, at: usize, before: &str, after: &str) -> (Self, Self) {
        let mut left = Self(self.0[..at].to_vec());
        left.push_literal(before);
        let mut right = Self::literal(after);
        right.push(&Self(self.0[at + 1..].to_vec()));
        (left, right)
    }

    /// Its pieces between separators, of which there is one more than may be where there are too many; a text with variables
    /// is one piece, because only the variables' values could tell.
    pub(super) fn split(&self, separator: impl Fn(char) -> bool) -> Vec<Self> {
        match self.as_literal() {
            Some(text) => {
                let pieces = text.split(separator).map(str::trim).filter(|item| !item.is_empty());
                pieces.take(MOST + 1).map(Self::literal).collect()
            }
            None => vec![self.clone()],
        }
    }

    /// Its pieces between separators that stand in literal text, as they are: one more than may be where there are too many.
    pub(super) fn split_at_each(&self, separator: char) -> Vec<Self> {
        let mut out = vec![Self::default()];
        for piece in &self.0 {
            let Piece::Literal(text) = piece else {
                out.last_mut().into_iter().for_each(|last| last.push_piece(piece));
                continue;
            };
            for (at, part) in text.split(separator).enumerate() {
                if at > 0 {
                    if out.len() > MOST {
                        return out;
                    }
                    out.push(Self::default());
                }
                out.last_mut().into_iter().for_each(|last| last.push_literal(part));
            }
        }
        out
    }

    /// The literal text it begins with.
    pub(super) fn beginning(&self) -> &str {
        match self.0.first() {
            Some(Piece::Literal(text)) => text,
            _ => "",
        }
    }

    /// Whether it ends with that character, literally.
    pub(super) fn ends_with(&self, c: char) -> bool {
        matches!(self.0.last(), Some(Piece::Literal(text)) if text.ends_with(c))
    }

    /// What follows `prefix`, if it begins with that.
    pub(super) fn strip_prefix(&self, prefix: &str) -> Option<Self> {
        let rest = self.beginning().strip_prefix(prefix).filter(|_| !prefix.is_empty())?;
        let mut out = Self::literal(rest);
        self.0[1..].iter().for_each(|piece| out.push_piece(piece));
        Some(out)
    }

    /// It with each literal piece put through `edit`.
    ///
    /// # Errors
    /// The first that `edit` gives.
    pub(super) fn try_map<E>(&self, edit: impl Fn(&str) -> Result<String, E>) -> Result<Self, E> {
        let mut out = Self::default();
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => out.push_literal(&edit(text)?),
                other => out.push_piece(other),
            }
        }
        Ok(out)
    }

    /// Reads the language of `${VAR}`, `${VAR:default}` and `$${` that several of these systems share, where `variable`
    /// takes what stands between the braces.
    ///
    /// # Errors
    /// What `variable` says of it.
    pub(super) fn read(text: &str, variable: impl Fn(&str) -> Result<Self, String>) -> Result<Self, String> {
        let mut out = Self::default();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            out.push_literal(&rest[..at]);
            let inside = &rest[at + 2..];
            let Some(end) = inside.find('}') else { break };
            out.push(&variable(&inside[..end])?);
            rest = &inside[end + 1..];
        }
        out.push_literal(rest);
        Ok(out)
    }

    /// The text, if every variable were set to `value`.
    pub(super) fn with_variables(&self, value: &str) -> String {
        let written = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Variable { .. } | Piece::Output(_) => value.to_owned(),
        };
        self.0.iter().map(written).collect()
    }

    /// As a profile writes it: `$$` is a dollar, `${NAME}` and `${NAME:default}` are variables. A default that begins like
    /// the shell's `:-` and `:?` is written behind `:-`.
    pub(super) fn in_profile(&self) -> String {
        let written = |piece: &Piece| match piece {
            Piece::Literal(text) => text.replace('$', "$$"),
            Piece::Variable { name, default: None } => format!("${{{name}}}"),
            Piece::Variable { name, default: Some(default) } if default.starts_with(['-', '?']) => {
                format!("${{{name}:-{default}}}")
            }
            Piece::Variable { name, default: Some(default) } => format!("${{{name}:{default}}}"),
            // Whoever writes a profile has put something else in its place.
            Piece::Output(_) => String::new(),
        };
        self.0.iter().map(written).collect()
    }
}

/// True for what an environment variable may be called.
pub(super) fn is_variable_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Words in which capital letters no longer stand for what is between them: `clientSecret` is `client Secret`.
fn apart(words: &str) -> String {
    let mut out = String::with_capacity(words.len() + 8);
    let mut before = ' ';
    for c in words.chars() {
        if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
            out.push(' ');
        }
        out.push(c);
        before = c;
    }
    out
}

/// A name for an environment variable, made from any words.
pub(super) fn variable_name(words: &str) -> String {
    let mut name = String::new();
    for c in words.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_uppercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    let name = name.trim_end_matches('_');
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name.to_owned() }
}

/// Variables that are there already, or that programs obey: none may get the meaning of something in a profile.
const TAKEN: [&str; 36] = [
    "BROWSER",
    "CDPATH",
    "COLUMNS",
    "DISPLAY",
    "EDITOR",
    "ENV",
    "EUID",
    "FTP_PROXY",
    "GROUPS",
    "HOME",
    "HOST",
    "HOSTNAME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "IFS",
    "LANG",
    "LINES",
    "LOGNAME",
    "MAIL",
    "NO_PROXY",
    "OLDPWD",
    "PAGER",
    "PATH",
    "PPID",
    "PROMPT",
    "PS1",
    "PWD",
    "RANDOM",
    "SHELL",
    "SHLVL",
    "TEMP",
    "TERM",
    "TMPDIR",
    "UID",
    "USER",
    "_",
];

/// What the names of such variables begin with.
const TAKEN_PREFIXES: [&str; 12] =
    ["OAUTH2TOK_", "LD_", "DYLD_", "LC_", "XDG_", "SSL_", "BASH_", "GIT_", "SSH_", "ALL_PROXY", "TMP", "TZ"];

/// The longest name that is invented.
const LONGEST_NAME: usize = 64;

/// A name for an environment variable that this program makes up: valid in every shell, and of none that is there.
pub(super) fn invented_name(name: &str) -> String {
    let name: String = variable_name(&apart(name)).chars().take(LONGEST_NAME).collect();
    let name = name.trim_end_matches('_');
    let is_taken = TAKEN.contains(&name) || TAKEN_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    match name {
        "" => "VALUE".to_owned(),
        _ if is_taken => format!("MY_{name}"),
        _ => name.to_owned(),
    }
}

/// Every environment variable that a configuration names, in any of the notations: `$NAME`, `${NAME}`, `$env:NAME`,
/// `%NAME%`, `env.NAME`, `env["NAME"]`.
pub(super) fn named_variables(text: &str) -> impl Iterator<Item = &str> {
    ["$", "${", "%", "env:", "Env:", "env.", "env[\""]
        .into_iter()
        .flat_map(|before| text.match_indices(before))
        .map(|(at, before)| {
            let rest = &text[at + before.len()..];
            &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())]
        })
        .filter(|name| is_variable_name(name))
}

/// The variable to take in place of a whole value that only stands for one, as documentation writes it: `$CLIENT_SECRET`,
/// `<client-secret>`, `{client_secret}`, `%SECRET%`, `YOUR_CLIENT_SECRET`, `CLIENT_SECRET`, `xxxx`. The name is empty where
/// nothing names it.
pub(super) fn placeholder(text: &str) -> Option<String> {
    let text = text.trim();
    let words = |inside: &str| {
        let fits = !inside.is_empty()
            && inside.len() <= 60
            && inside.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '));
        fits.then(|| {
            let name = variable_name(&apart(inside));
            let name = name.strip_prefix("YOUR_").unwrap_or(&name);
            let name = name.strip_suffix("_HERE").unwrap_or(name);
            let name = name.strip_suffix("_GOES").unwrap_or(name);
            // Words that any value could go by.
            let says_nothing = matches!(name, "VALUE" | "ID" | "KEY" | "NAME" | "SECRET" | "STRING" | "TEXT")
                || name.chars().all(|c| c.is_ascii_digit() || c == '_');
            if says_nothing { String::new() } else { name.to_owned() }
        })
    };
    let between = |open: &str, close: &str| text.strip_prefix(open)?.strip_suffix(close);
    let variable = between("${", "}").or_else(|| text.strip_prefix('$')).or_else(|| between("%", "%"));
    if let Some(name) = variable.filter(|name| is_variable_name(name)) {
        return Some(name.to_owned());
    }
    for (open, close) in [("{{", "}}"), ("<", ">"), ("{", "}"), ("[", "]"), ("%", "%")] {
        if let Some(name) = between(open, close).and_then(|inside| words(inside.trim())) {
            return Some(name);
        }
    }
    let lower = text.to_ascii_lowercase();
    let begins = ["your_", "your-", "your ", "yourclient", "insert_", "insert-", "enter_", "enter-"];
    if begins.iter().any(|prefix| lower.starts_with(prefix)) {
        return words(text);
    }
    if matches!(
        text,
        "CLIENT_ID"
            | "CLIENT_SECRET"
            | "CLIENTID"
            | "CLIENTSECRET"
            | "API_KEY"
            | "API_SECRET"
            | "USERNAME"
            | "PASSWORD"
    ) {
        return Some(text.to_owned());
    }
    if ["replace_me", "replaceme", "replace-me", "changeme", "change_me", "change-me"].contains(&lower.as_str()) {
        return Some(String::new());
    }
    // What is crossed out, all of it or its end: `xxxxxxxx-xxxx`, `7da65942-XXXXXXXX`, `MG9hY...`.
    let crossed = |c: char| {
        let kept = text.trim_end_matches([c, '-']);
        text.chars().filter(|d| *d == c).count() >= 3 && (kept.is_empty() || text.len() - kept.len() >= 5)
    };
    let is_cut = text.ends_with("...") || text.ends_with('…');
    (is_cut || ['x', 'X', '*', '•'].into_iter().any(crossed)).then(String::new)
}

/// `text` where it is an environment variable's name, for the systems that write `${NAME}` and `${NAME:default}`.
pub(super) fn variable_with_default(inside: &str) -> Result<Text, String> {
    let (name, default) =
        inside.split_once(':').map_or((inside, None), |(name, default)| (name, Some(default.to_owned())));
    if is_variable_name(name) {
        Ok(Text::variable(name, default))
    } else {
        Err("'${…}' does not hold the name of an environment variable".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_writes_dollars_twice_and_variables_in_braces() {
        let mut text = Text::literal("a$b");
        text.push(&Text::variable("X", None));
        text.push(&Text::variable("Y", Some("z".into())));
        text.push(&Text::variable("Z", Some("-1".into())));
        assert_eq!(text.in_profile(), "a$$b${X}${Y:z}${Z:--1}");
    }

    #[test]
    fn a_text_is_split_only_where_its_own_letters_say_so() {
        let mut text = Text::variable("ID", None);
        text.push_literal(":a:b");
        let (left, right) = text.split_once(':').unwrap();
        assert_eq!((left.in_profile(), right.in_profile()), ("${ID}".into(), "a:b".into()));
        assert!(Text::variable("A", None).split_once(':').is_none());
        assert_eq!(Text::literal("a, b,,c").split(|c| c == ',').len(), 3);
    }

    #[test]
    fn an_invented_variable_has_a_valid_name_of_its_own() {
        for (name, expected) in [
            ("client-secret", "CLIENT_SECRET"),
            ("2FA_CODE", "_2FA_CODE"),
            ("", "VALUE"),
            ("é", "VALUE"),
            ("path", "MY_PATH"),
            ("HOME", "MY_HOME"),
            ("no_proxy", "MY_NO_PROXY"),
            ("LD_PRELOAD", "MY_LD_PRELOAD"),
            ("oauth2tok-issuer", "MY_OAUTH2TOK_ISSUER"),
            ("USERNAME", "USERNAME"),
            ("tenant", "TENANT"),
        ] {
            assert_eq!(invented_name(name), expected, "{name}");
        }
        let long = invented_name(&"x_".repeat(1 << 20));
        assert!(long.len() <= LONGEST_NAME && is_variable_name(&long));
    }

    #[test]
    fn a_placeholder_names_its_variable() {
        for (text, expected) in [
            ("$CLIENT_SECRET", Some("CLIENT_SECRET")),
            ("${CLIENT_SECRET}", Some("CLIENT_SECRET")),
            ("<client-secret>", Some("CLIENT_SECRET")),
            ("<your client secret>", Some("CLIENT_SECRET")),
            ("{client_secret}", Some("CLIENT_SECRET")),
            ("{{client_secret}}", Some("CLIENT_SECRET")),
            ("%SECRET%", Some("SECRET")),
            ("YOUR_CLIENT_SECRET", Some("CLIENT_SECRET")),
            ("your-client-secret", Some("CLIENT_SECRET")),
            ("<value>", Some("")),
            ("<your id>", Some("")),
            ("$VALUE", Some("VALUE")),
            ("<your_0>", Some("")),
            ("<0>", Some("")),
            ("%0%", Some("")),
            ("<_>", Some("")),
            ("<your_2fa_code>", Some("2FA_CODE")),
            ("CLIENT_ID", Some("CLIENT_ID")),
            ("MANAGE_ALL", None),
            ("xxxxxx", Some("")),
            ("***", Some("")),
            ("s3cr3t", None),
            ("yourself", None),
            ("$ecret!", None),
            ("<a/b+c>", None),
            ("xx", None),
            ("{yourOktaDomain}", Some("OKTA_DOMAIN")),
            ("<your client id goes here>", Some("CLIENT_ID")),
            ("INSERT_CLIENT_SECRET_HERE", Some("INSERT_CLIENT_SECRET")),
            ("changeme", Some("")),
            ("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", Some("")),
            ("7da65942-09aa-4ac5-XXXXXXXXX", Some("")),
            ("MG9hY...", Some("")),
            ("matrixxx", None),
        ] {
            assert_eq!(placeholder(text).as_deref(), expected, "{text}");
        }
    }
}
