//! What stands for the output of a command: a file's content, what a keeper of secrets tells, or what was encoded for HTTP
//! Basic. Nothing is run.

use super::super::super::form::UserPass;
use super::super::super::text::{Output, Piece, Text};
use super::{Assigned, End, Line, Shell};

/// Commands that tell a secret which they keep, and whose arguments only name it.
const KEEPERS: [&str; 42] = [
    "age",
    "aws",
    "az",
    "bao",
    "berglas",
    "bw",
    "chamber",
    "conjur",
    "consul",
    "credstash",
    "doppler",
    "envchain",
    "etcdctl",
    "gcloud",
    "gopass",
    "gpg",
    "gpg2",
    "head",
    "heroku",
    "ibmcloud",
    "infisical",
    "jq",
    "keepassxc-cli",
    "keyring",
    "kubectl",
    "kwallet-query",
    "lpass",
    "oc",
    "op",
    "pass",
    "rbw",
    "secret-tool",
    "security",
    "sops",
    "systemd-creds",
    "tail",
    "terraform",
    "tofu",
    "vault",
    "yc",
    "yq",
    "cat",
];

/// Commands that only pick out of another's output, or decode it.
const FILTERS: [&str; 10] = ["base64", "cut", "grep", "head", "jq", "sed", "tail", "tr", "xargs", "yq"];

/// Parts of options' names whose values are no names of secrets, but secrets.
const SECRET_OPTIONS: [&str; 8] =
    ["token", "passw", "passphrase", "apikey", "api-key", "secret-key", "access-key", "client-secret"];

/// The content of a file, as `@FILE`, `<FILE` or `cat FILE` has it.
pub(in crate::import::curl) fn file(path: &Text) -> Text {
    let is_known = !path.is_empty() && path.pieces().iter().all(|piece| !matches!(piece, Piece::Output(_)));
    let source = is_known.then(|| format!("file:{}", path.in_profile()));
    Text::output(Output { source, command: String::new() })
}

/// The source of a secret that does the same as this command, in a profile's language.
pub(in crate::import::curl) fn source(command: &str, shell: Shell) -> Option<String> {
    let path = |path: &Text| match file(path).pieces() {
        [Piece::Output(Output { source, .. })] => source.clone(),
        _ => None,
    };
    // Variables stay variables here: what the input sets them to may be secret.
    let nothing = Assigned::default();
    let segments = segments(command, shell, &nothing)?;
    let [first, filters @ ..] = segments.as_slice() else { return None };
    match (first.words.as_slice(), &first.stdin) {
        ([], Some(stdin)) if filters.is_empty() => match stdin.pieces() {
            [Piece::Output(output)] => return output.source.clone(),
            _ => return None,
        },
        ([cat, of], None) if filters.is_empty() && is_reader(cat) => return path(of),
        ([cat, of, raw], None) if filters.is_empty() && is_reader(cat) && is_word(raw, "-raw") => return path(of),
        _ => {}
    }
    if shell != Shell::Posix || segments.iter().any(|line| line.stdin.is_some() || names_secret(&line.words)) {
        return None;
    }
    let is_one_of = |line: &Line, names: &[&str]| {
        line.words.first().and_then(Text::as_literal).is_some_and(|word| names.contains(&base_name(word)))
    };
    if !is_one_of(first, &KEEPERS) || filters.iter().any(|line| !is_one_of(line, &FILTERS)) {
        return None;
    }
    if filters.is_empty() {
        let words: Vec<_> = first.words.iter().map(quoted).collect::<Option<_>>()?;
        return Some(format!("command:{}", words.join(" ")));
    }
    let line = command.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(format!("command:sh -c {}", shell_words::quote(&line.replace('$', "$$"))))
}

/// One word of a command in a profile.
fn quoted(word: &Text) -> Option<String> {
    let is_known = word.pieces().iter().all(|piece| !matches!(piece, Piece::Output(_)));
    is_known.then(|| match word.pieces() {
        [Piece::Variable { .. }] => format!("\"{}\"", word.in_profile()),
        _ => shell_words::quote(&word.in_profile()).into_owned(),
    })
}

fn is_word(text: &Text, word: &str) -> bool {
    text.as_literal().is_some_and(|text| text.eq_ignore_ascii_case(word))
}

fn is_reader(word: &Text) -> bool {
    ["cat", "type", "get-content", "gc"].iter().any(|name| is_word(word, name))
}

fn base_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Whether one of the words may be a secret itself: the value of `--token` and its like.
fn names_secret(words: &[Text]) -> bool {
    words.iter().filter_map(|word| Some(word.beginning()).filter(|word| word.starts_with('-'))).any(|word| {
        let name = word.trim_start_matches('-').split('=').next().unwrap_or_default().to_ascii_lowercase();
        SECRET_OPTIONS.iter().any(|part| name.contains(part))
    })
}

/// What `cat <<EOF` and `echo` print, where it stands there.
pub(in crate::import::curl) fn printed(command: &str, shell: Shell, assigned: &Assigned) -> Option<Text> {
    let segments = segments(command, shell, assigned)?;
    let [line] = segments.as_slice() else { return None };
    match (line.words.as_slice(), &line.stdin) {
        ([cat], Some(stdin)) if is_word(cat, "cat") => {
            Some(stdin.clone()).filter(|text| !matches!(text.pieces(), [Piece::Output(_)]))
        }
        (words, None) => echoed(words),
        _ => None,
    }
}

/// The commands of a pipeline.
fn segments(command: &str, shell: Shell, assigned: &Assigned) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    let mut rest = command;
    loop {
        let line = super::inner(rest, shell, assigned).ok()?;
        rest = &rest[line.at..];
        let end = line.end;
        lines.push(line);
        match end {
            End::Pipe if lines.len() < 8 => {}
            End::Pipe => return None,
            End::Other => return rest.trim().is_empty().then_some(lines),
        }
    }
}

/// `$(printf id:secret | base64)` tells id and secret without being run, where they are plain words.
pub(in crate::import::curl) fn credentials(command: &str, shell: Shell, assigned: &Assigned, from: &str) -> UserPass {
    let pair = encoded(command, shell, assigned).and_then(|text| text.split_once(':'));
    match pair.filter(|(id, secret)| !id.is_empty() && !secret.is_empty()) {
        Some((id, secret)) => UserPass { id, secret: Some(secret), from: from.to_owned() },
        None => open(from),
    }
}

/// id and secret that the header field does not show.
pub(in crate::import::curl) fn open(from: &str) -> UserPass {
    UserPass { id: Text::literal("<client_id>"), secret: Some(Text::literal("<client_secret>")), from: from.to_owned() }
}

/// What a command encodes in base64.
fn encoded(command: &str, shell: Shell, assigned: &Assigned) -> Option<Text> {
    if shell == Shell::Pwsh {
        let (_, bytes) = command.split_once("GetBytes(")?;
        return super::inner(bytes.split_once(')')?.0, shell, assigned).ok()?.words.into_iter().next();
    }
    let segments = segments(command, shell, assigned)?;
    let encodes = |line: &Line| {
        let words: Vec<_> = line.words.iter().filter_map(Text::as_literal).collect();
        match words.as_slice() {
            ["base64", options @ ..] => !options.iter().any(|word| matches!(*word, "-d" | "-D" | "--decode")),
            ["openssl", "base64", ..] => true,
            ["openssl", "enc", options @ ..] => options.contains(&"-base64"),
            _ => false,
        }
    };
    match segments.as_slice() {
        [first, ..] if encodes(first) => first.stdin.clone(),
        [print, encode, ..] if encodes(encode) => echoed(&print.words),
        _ => None,
    }
}

/// What `echo` and `printf` print.
pub(in crate::import::curl) fn echoed(words: &[Text]) -> Option<Text> {
    let (name, words) = words.split_first()?;
    let rest = match (name.as_literal()?, words) {
        ("echo", [option, rest @ ..]) if matches!(option.as_literal(), Some("-n" | "-ne" | "-en" | "-E" | "-e")) => {
            rest
        }
        ("echo", rest) => rest,
        ("printf", [format, rest @ ..]) if !rest.is_empty() => {
            let mut rest = rest.iter();
            let mut out = Text::default();
            for (at, piece) in format.as_literal()?.split("%s").enumerate() {
                if at > 0 {
                    out.push(rest.next()?);
                }
                out.push_literal(piece.trim_end_matches("\\n"));
            }
            return Some(out).filter(plain);
        }
        ("printf", rest @ [_]) if !rest[0].with_variables("").contains('%') => rest,
        _ => return None,
    };
    let [text] = rest else { return None };
    Some(text.clone()).filter(plain)
}

/// True for what means itself to `echo` and `printf`.
fn plain(text: &Text) -> bool {
    !text.with_variables("").contains('\\')
}
