//! What the shape of a secret tells: that something came along with it on the way, or that it is not the secret but what
//! should have brought it. Nobody sees a secret, so nobody sees that either.
//!
//! A shape is a suspicion and never an error. What is told of one is made of constants: nothing of the secret is in it.

use crate::text::steers_a_terminal;

/// Something about a text that few secrets have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flaw {
    /// What it does, as a verb with its object.
    pub what: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

const fn flaw(what: &'static str, remedy: &'static str) -> Option<Flaw> {
    Some(Flaw { what, remedy })
}

/// What is odd about a secret that is sent. `is_phrase` where it may be made of words with a space between them, as a
/// password may.
pub fn of_secret(text: &str, is_phrase: bool) -> Option<Flaw> {
    template(text.trim()).or_else(|| reference(text.trim())).or_else(|| invisible(text)).or_else(|| {
        if !is_phrase && text.contains(char::is_whitespace) {
            return flaw("holds white space", "a secret seldom does: check where it was copied from");
        }
        None
    })
}

/// What is odd about a secret header field or parameter. They may have a structure of their own, with names, quotes and addresses
/// in it, so only what is in none is odd.
pub fn of_field(text: &str) -> Option<Flaw> {
    let is_blank = |c: char| c.is_whitespace() || steers_a_terminal(c);
    template(text.trim())
        .or_else(|| if text.starts_with(is_blank) || text.ends_with(is_blank) { marks(text) } else { None })
}

/// What is odd about any text that was copied: marks around it, a template that nobody filled in.
pub fn of_text(text: &str) -> Option<Flaw> {
    template(text.trim()).or_else(|| invisible(text))
}

/// What nobody sees of it, a byte order mark above all, and other marks.
fn invisible(text: &str) -> Option<Flaw> {
    if text.starts_with('\u{feff}') {
        return flaw(
            "begins with a byte order mark, which is invisible",
            "take it off: save the text as UTF-8 without one",
        );
    }
    marks(text)
}

/// Marks that a shell, an editor or a clipboard left.
fn marks(text: &str) -> Option<Flaw> {
    const QUOTES: [char; 9] = ['"', '\'', '`', '\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{ab}'];
    let trimmed = text.trim();
    if text.ends_with(['\n', '\r']) {
        return flaw("ends with a line end", "one is stripped from files and commands, more are not");
    }
    if trimmed.len() != text.len() {
        return flaw("begins or ends with white space", "take it off where it comes from");
    }
    if trimmed.starts_with(QUOTES) || trimmed.ends_with(QUOTES) {
        return flaw(
            "begins or ends with a quote",
            "quotes in a file or a variable are part of the text: take them off",
        );
    }
    if text.contains('\t') {
        return flaw("holds a tab", "in YAML, \\t between double quotes is one: use single quotes");
    }
    if text.contains(['\n', '\r']) {
        return flaw("has more than one line", "only the secret itself may stand there");
    }
    let is_odd = |c: char| steers_a_terminal(c) || (c.is_whitespace() && c != ' ');
    text.contains(is_odd).then_some(Flaw {
        what: "holds a control character or an invisible one",
        remedy: "in YAML, a backslash between double quotes makes one: use single quotes; else copy it anew",
    })
}

/// A template that nobody filled in. Each run asks this of its secrets, most of which hold no sign of one and begin no word for
/// one.
fn template(text: &str) -> Option<Flaw> {
    let is_sign = |byte| matches!(byte, b'{' | b'(' | b'#' | b'$' | b'%' | b'!' | b'`' | b'@' | b'<');
    let by_signs = || if text.bytes().any(is_sign) || text.starts_with("__") { signs(text) } else { None };
    by_signs().or_else(|| filler(text))
}

/// What stands in a template for what is to be filled in.
fn signs(text: &str) -> Option<Flaw> {
    const VARIABLE: Option<Flaw> = flaw(
        "looks like a variable that nobody has filled in",
        "env:NAME reads a variable; between single quotes a shell fills in none",
    );
    const EXPRESSION: Option<Flaw> = flaw(
        "looks like an expression of a template or a CI system that nobody has filled in",
        "let that system fill it in, and hand it over in a variable: env:NAME",
    );
    let within = |open: &str, close: &str| {
        text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).filter(|inner| !inner.is_empty())
    };
    if holds_pair(text, "{{", "}}") || within("((", "))").is_some_and(is_name) || holds_pair(text, "#{", "}") {
        return EXPRESSION;
    }
    if holds_pair(text, "${", "}") || holds_pair(text, "$(", ")") || within("$", "").is_some_and(is_variable) {
        return VARIABLE;
    }
    for (open, close) in [("%", "%"), ("!", "!"), ("`", "`"), ("@", "@"), ("__", "__"), ("$", "$")] {
        if within(open, close).is_some_and(is_variable) {
            return VARIABLE;
        }
    }
    if within("<", ">").is_some_and(|inner| !inner.contains(['<', '>'])) { PLACEHOLDER } else { None }
}

const PLACEHOLDER: Option<Flaw> = flaw("looks like a placeholder", "put the secret itself in its place");

/// A word or a mask that only fills a place.
fn filler(text: &str) -> Option<Flaw> {
    const MASKS: [char; 3] = ['*', '\u{2022}', '\u{25cf}'];
    if text.starts_with(MASKS) && text.chars().all(|c| MASKS.contains(&c)) && text.chars().count() >= 3 {
        return flaw("is a mask that stands where a secret is not shown", "copy the secret itself");
    }
    // None of the words below begins otherwise.
    let first = text.bytes().find(u8::is_ascii_alphanumeric)?;
    if !b"xycrptnuo".contains(&first.to_ascii_lowercase()) {
        return None;
    }
    let lower = text.chars().take(64).collect::<String>().to_ascii_lowercase();
    let is_filler = lower.len() >= 3 && lower.bytes().all(|b| b == b'x');
    let word: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    let is_yours = lower.starts_with("your") && lower.contains(['_', '-', ' ']);
    if is_filler || is_yours || matches!(word.as_str(), "changeme" | "replaceme" | "redacted" | "placeholder" | "todo")
    {
        return PLACEHOLDER;
    }
    if matches!(lower.as_str(), "null" | "undefined" | "none" | "nil" | "(null)" | "[object object]") {
        return flaw("is the word that programs print where there is nothing", "look at what it comes from");
    }
    None
}

/// Of these each reference has one, but for a source of few words and the head of a PEM.
const SIGNS: &[u8] = b":=/_.+([{!@\\";

/// A name or an address of the secret in place of the secret.
fn reference(text: &str) -> Option<Flaw> {
    // Each run asks, and most secrets hold no sign of a reference.
    let has_sign = || text.bytes().any(|byte| SIGNS.contains(&byte));
    if !has_sign() && !text.starts_with("-----BEGIN ") && !is_source_without_sign(text) {
        return None;
    }
    if text.starts_with("-----BEGIN ") {
        return flaw(
            "is a key or a certificate",
            "a server that knows a client by its key wants private_key_jwt or tls_client_auth, not a secret",
        );
    }
    if text.starts_with('{') && text.ends_with('}') && text.contains("\":") {
        return flaw("is a JSON object", "give the secret in it alone: its member, without quotes");
    }
    own_source(text).or_else(|| foreign_source(text)).or_else(|| path(text)).or_else(|| assignment(text))
}

/// A source of the grammar of this program, in a place where that is not read or with a slip in its name.
fn own_source(text: &str) -> Option<Flaw> {
    const WHAT: &str = "looks like the name of a source, which was not taken for one";
    const COMMANDS: &str =
        "command commands comand commmand commnd commad comman comamnd commnad cmd exec sh shell bash run";
    if is_source_without_sign(text) {
        return flaw(
            WHAT,
            "write stdin or prompt in small letters, in a flag or a profile; a variable holds the secret itself",
        );
    }
    let (name, rest) = text.split_once([':', '='])?;
    let name = &*name.trim().to_ascii_lowercase();
    // The slips are listed: most others are words of their own, as 'five' is.
    let is_one_of = |names: &str| names.split(' ').any(|known| known == name);
    let is_env = is_one_of("env evn nev envs eenv ennv envv environment environ var");
    let rest = rest.trim();
    if text.contains(':') && is_one_of("github gihub githb githib gtihub gituhb githbu gihtub githubb gitub") {
        return flaw(WHAT, "github:AUDIENCE in a flag or a profile asks GitHub Actions for the job's token");
    }
    if rest.is_empty() {
        return None;
    }
    if is_env && is_name(rest) {
        return flaw(
            WHAT,
            "env:NAME in a flag or a profile reads a variable; a variable of ours holds the secret itself",
        );
    }
    if is_one_of("file files fiel flie ifle fil ffile fiile fille filee path")
        && text.contains(':') | rest.contains(['/', '.', '\\'])
    {
        return flaw(
            WHAT,
            "file:PATH in a flag or a profile reads a file; for a variable there is one that ends in _FILE",
        );
    }
    if text.contains(':') && is_one_of(COMMANDS) {
        return flaw(WHAT, "command:CMD in a flag or a profile takes what a command prints");
    }
    if (name == "fd" || name == "stdin") && text.contains(':') && rest.bytes().all(|b| b.is_ascii_digit()) {
        return flaw(WHAT, "fd:N in a flag or a profile reads an open file descriptor");
    }
    let is_text =
        is_one_of("literal literals litteral literall litral liteal lietral text plain raw inline value pass");
    (is_text && text.contains(':')).then_some(Flaw {
        what: WHAT,
        remedy: "literal:TEXT in a flag or a profile says that the text is the secret; a variable holds the secret alone",
    })
}

fn is_source_without_sign(text: &str) -> bool {
    ["stdin", "prompt"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The names that other programs have for where a secret is, by what they begin with, and what reads such a one here.
const FOREIGN: [(&str, &str); 6] = [
    ("op:// op: 1password: onepassword:", "command:op read op://… takes what that prints"),
    ("vault: hcv: ref+vault vault+", "command:vault kv get -field=… takes what that prints"),
    (
        "arn:aws aws: aws-sm: aws-ssm: awssm: awsssm: ssm: secretsmanager:",
        "command:aws secretsmanager get-secret-value --query SecretString --output text … takes what that prints",
    ),
    (
        "@microsoft.keyvault keyvault: akv: azkv:",
        "command:az keyvault secret show --query value -o tsv … takes what that prints",
    ),
    ("gcp: gsm: gcpsm: gcp-sm: sm:// projects/", "command:gcloud secrets versions access … takes what that prints"),
    (
        "secretref: secret: secrets: secrets. secret. env. process.env os.environ bws: bw: bitwarden: doppler: sops: infisical: \
         keyring: keychain: lastpass: lpass: gopass: keeper: conjur: akeyless: k8s: kubernetes: credhub: ref+ enc: enc( enc[ \
         {cipher} {file: {env: !vault",
        ANY_SOURCE,
    ),
];

const ANY_SOURCE: &str = "command:CMD takes what a command prints, file:PATH and env:NAME what is there";

fn foreign_source(text: &str) -> Option<Flaw> {
    const WHAT: &str = "looks like a reference that another program has to look up";
    let start: String = text.chars().take(48).collect::<String>().to_ascii_lowercase();
    let named = FOREIGN.iter().find(|(starts, _)| starts.split(' ').any(|known| start.starts_with(known)));
    let remedy = named.map(|(_, remedy)| *remedy).or_else(|| is_address(text).then_some(ANY_SOURCE));
    remedy.map(|remedy| Flaw { what: WHAT, remedy })
}

/// A file's name in its place, also as curl and others write it, with an `@` in front.
fn path(text: &str) -> Option<Flaw> {
    const ROOTS: &str = "/run/ /etc/ /var/ /home/ /root/ /tmp/ /mnt/ /opt/ /usr/ /secrets/ /users/ ./ ../ ~/";
    let lower: String = text.chars().take(16).collect::<String>().to_ascii_lowercase();
    let on_windows = matches!(lower.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_lowercase());
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-~/\\:".contains(c);
    let behind_at = text.strip_prefix('@').is_some_and(|rest| {
        let has_parts = rest.contains(['/', '.', '\\']) || !rest.contains(|c: char| c.is_ascii_digit());
        !rest.is_empty() && has_parts && rest.chars().all(is_part)
    });
    (on_windows || behind_at || ROOTS.split(' ').any(|root| lower.starts_with(root)))
        .then_some(Flaw { what: "looks like the name of a file", remedy: "file:PATH reads it" })
}

/// A whole line of a file of variables, or the name of a variable.
fn assignment(text: &str) -> Option<Flaw> {
    let speaks = |name: &str| {
        let name = name.to_ascii_uppercase();
        ["SECRET", "PASSWORD", "PASSWD", "TOKEN"].iter().any(|word| name.contains(word))
    };
    let line = text.strip_prefix("export ").unwrap_or(text);
    if let Some((name, value)) = line.split_once(['=', ':'])
        && !value.is_empty()
        && is_name(name.trim())
        && name.contains(['_', '-', ' '])
        && speaks(name)
    {
        return flaw("looks like a line NAME=VALUE", "give the value alone");
    }
    let is_capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    (text.contains('_') && text.chars().all(is_capital) && speaks(text))
        .then_some(Flaw { what: "looks like the name of a variable", remedy: "env:NAME reads it" })
}

/// `scheme://…`, which no secret is.
fn is_address(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
    })
}

/// True where `open`, something and `close` stand in `text` in that order.
fn holds_pair(text: &str, open: &str, close: &str) -> bool {
    text.split_once(open).is_some_and(|(_, rest)| rest.find(close).is_some_and(|at| at > 0))
}

/// True for what variables and members are called.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-. ".contains(c))
}

/// True for a name that chance does not make: with digits in it only capitals, else letters alone.
fn is_variable(text: &str) -> bool {
    let is_word = text.len() >= 2 && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_letter = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':');
    let is_capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    is_word && (text.chars().all(is_letter) || text.chars().all(is_capital))
}

/// True for a text in which a private key stands: PEM, base64 of PEM or DER, a JWK, or a service account's JSON.
pub fn holds_private_key(text: &str) -> bool {
    // No key is shorter than one of Curve25519 in PKCS#8 (bytes of base64).
    const SHORTEST: usize = 64;
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_');
    let has = |part: &str| text.contains(part);
    text.len() >= SHORTEST
        && (has("PRIVATE KEY-----")
            || has("\"private_key\"")
            || has("\"kty\"") && (has("\"d\"") || has("\"k\""))
            || ["LS0tLS1CRUdJTi", "MI", "MC4CAQ"].iter().any(|begin| text.starts_with(begin))
                && text.bytes().all(is_base64))
}

/// True for a text that nothing but a private key is, or that holds one: what is sent to a server is none. What only begins as
/// many do in base64 is not one for certain, as a token may begin so too.
pub fn is_private_key(text: &str) -> bool {
    // An INTEGER with a version behind the head of a SEQUENCE (RFC 5958 §2, RFC 8017 §A.1.2, RFC 5915 §3), by the length of
    // that head.
    let is_der = || {
        let at = |from: usize, part: &str| text.get(from..).is_some_and(|rest| rest.starts_with(part));
        text.starts_with('M') && (at(1, "II") && at(6, "IBA") || at(1, "I") && at(4, "AgE") || at(3, "CAQ"))
    };
    // Base64 of '-----BEGIN ' and of what may follow it that is no secret: C and PU.
    let is_pem = |rest: &str| !rest.starts_with('D') && !rest.starts_with("QV");
    text.contains("PRIVATE KEY-----")
        || holds_private_key(text)
            && (text.contains('"') || text.strip_prefix("LS0tLS1CRUdJTiB").is_some_and(is_pem) || is_der())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_has_a_sign_of_one() {
        for start in FOREIGN.iter().flat_map(|(starts, _)| starts.split(' ')) {
            assert!(start.bytes().any(|byte| SIGNS.contains(&byte)), "{start}");
            assert!(of_secret(&format!("{start}x"), false).is_some(), "{start}");
        }
    }

    #[test]
    fn what_came_along_or_stands_in_its_place_is_seen() {
        for (what, texts) in [
            ("ends with a line end", "abc\n | abc\r | abc\r\n\n"),
            ("begins or ends with white space", " abc | abc  | \tabc | abc\u{a0}"),
            ("begins or ends with a quote", "\"abc\" | 'abc' | abc\" | 'abc | \u{201c}abc\u{201d}"),
            ("holds a tab", "ab\tcd"),
            ("has more than one line", "ab\ncd | a\rb"),
            ("holds a control character", "ab\u{7}cd | a\u{200b}b | a\0b | a\u{a0}b | \u{1b}[0mabc"),
            ("begins with a byte order mark", "\u{feff}abc"),
            ("holds white space", "two words"),
            (
                "looks like a variable",
                "$NAME | $CI_SECRET2 | $client_secret | $clientSecret | ${NAME} | ${NAME:-x} | a${B}c",
            ),
            (
                "looks like a variable",
                "$(cat x) | $env:CI_SECRET | %NAME% | %ClientSecret% | !NAME! | __CLIENT_SECRET__ | @CLIENT_SECRET@ | `NAME`",
            ),
            (
                "looks like an expression",
                "${{ secrets.X }} | ${{secrets.X}} | {{ .Values.secret }} | {{secret}} | ((client-secret)) | #{Secret}#",
            ),
            (
                "looks like a placeholder",
                "<placeholder> | <your secret> | <CLIENT_SECRET> | YOUR_CLIENT_SECRET | your-client-secret",
            ),
            (
                "looks like a placeholder",
                "your secret | changeme | CHANGE_ME | replace-me | [REDACTED] | xxxxxxxx | TODO",
            ),
            ("is a mask", "*** | \u{2022}\u{2022}\u{2022}\u{2022}"),
            ("is the word that programs print", "null | undefined | None | nil | (null) | [object Object]"),
            (
                "looks like the name of a source",
                "env:X | ENV:X | Env:CI_SECRET | evn:X | nev:X | envs:X | env: X |  env:X | env=X",
            ),
            (
                "looks like the name of a source",
                "environment:X | file:/x | FILE:/x | fiel:/x | flie:x | files:/x | file=/x | command:pass x",
            ),
            (
                "looks like the name of a source",
                "Command:x | comand:x | cmd:pass show x | CMD:x | exec:x | sh:x | fd:3 | FD:3 | STDIN | Prompt",
            ),
            (
                "looks like the name of a source",
                "github:api://x | Github:x | gihub:x | githb:x | GITHUB: | stdin | literal:x | Literal:x | litteral:x | text:x | pass:x",
            ),
            (
                "looks like the name of a file",
                "@file | @secret.txt | @/run/secrets/x | @./x | /run/secrets/x | ~/x | ./x | C:\\x",
            ),
            (
                "looks like a reference",
                "op://vault/item/field | vault:secret/data/x#y | vault://x | secretref:x | bws:1-2 | sm://x",
            ),
            (
                "looks like a reference",
                "arn:aws:secretsmanager:eu-west-1:1:secret:x | arn:aws:ssm:x:1:parameter/x | ref+vault://x",
            ),
            (
                "looks like a reference",
                "projects/p/secrets/s/versions/1 | https://x.vault.azure.net/secrets/s | bws:1 | doppler://x | secrets.CI_SECRET",
            ),
            (
                "looks like a reference",
                "@Microsoft.KeyVault(SecretUri=https://x.vault.azure.net/secrets/s) | process.env.X | keychain:x",
            ),
            ("looks like a reference", "{cipher}abc | ENC(abc) | gopass:x | k8s://x"),
            ("looks like a line", "CLIENT_SECRET=abc | export CI_SECRET=abc | client_secret: abc | client_secret=abc"),
            ("looks like the name of a variable", "CLIENT_SECRET | OAUTH2TOK_CLIENT_SECRET"),
            ("is a JSON object", r#"{"client_secret":"abc"}"#),
            ("is a key or a certificate", "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----"),
        ] {
            for text in texts.split(" | ") {
                let found = of_secret(text, false);
                assert!(found.is_some_and(|flaw| flaw.what.starts_with(what)), "{text:?}: {what}, not {found:?}");
            }
        }
    }

    #[test]
    fn ordinary_secrets_are_not_suspected() {
        for text in "s3cret secret password hunter22 x xx - null0 nothing todos dGhpcyBpcyBhIHNlY3JldA== +abc/def= /9j/4AAQSkZJRg+abc/def== \
                     9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 f47ac10b-58cc-4372-a567-0e02b2c3d479 \
                     abc8Q~aBcD.eF_gH-iJkLmNoPqRsTuVwXyZ01234 gloas-0123456789abcdef GOCSPX-abcdefghijklmnopqrst xoxb-1-2-abc pat.abc:def \
                     aB3$kL9%mN $2b$10$abcdefg $k3Jd9sKx p%40ss%2Fword a<b>c <<< 100% %41%42 a\"b'c {abc} a:b user:pass 1:2 tök KEY= \
                     eyJhbGciOiJub25lIn0.eyJhIjoxfQ.x abc=def A=B envelope fd:x filet: c4n+ry/S3cr=t%&\"'é __abc @k3Jd9s !abc @ $ $$ %% \
                     ABC_DEF_1 my_token (( xkey:1 five:guys fine:x mile:1 fire:x tile:x"
            .split(' ')
        {
            assert_eq!(of_secret(text, false), None, "{text:?}");
        }
        assert_eq!(of_secret("correct horse battery staple", true), None);
        for id in ["https://app.example/client", "urn:app", "api://1-2", "env:x", "a b"] {
            assert_eq!(of_text(id), None, "{id:?}");
        }
    }

    #[test]
    fn a_field_may_have_a_structure_of_its_own() {
        for text in [
            "session_token=abc",
            "session_token=abc; id=\"1\"",
            "keyId=\"a\"",
            "\"a\"",
            r#"{"user":"x"}"#,
            "arn:aws:kms:eu-west-1:1:key/x",
            "https://h/x",
            "Basic abc=",
            "env:x",
        ] {
            assert_eq!(of_field(text), None, "{text:?}");
        }
        for (text, what) in [
            ("${NAME}", "looks like a variable"),
            ("Bearer {{ token }}", "looks like an expression"),
            ("<key>", "looks like a placeholder"),
            ("abc\n", "ends with a line end"),
            (" abc", "begins or ends with white space"),
            ("abc\u{200b}", "holds a control character"),
        ] {
            let found = of_field(text);
            assert!(found.is_some_and(|flaw| flaw.what.starts_with(what)), "{text:?}: {found:?}");
        }
    }

    #[test]
    fn nothing_of_a_secret_is_told() {
        let flaw = of_secret("evn:S3CRET_X", false).unwrap();
        assert!(!format!("{flaw:?}").contains("S3CRET"));
    }

    #[test]
    fn looking_takes_no_longer_than_reading() {
        for piece in ["${", "{{", "$(", "<", "%", "@/", ":"] {
            crate::growth::check_linear(
                2_000,
                |n| piece.repeat(n),
                |text| {
                    assert!(of_secret(text, false) == of_secret(text, false));
                },
            );
        }
    }

    #[test]
    fn a_private_key_is_told_from_text() {
        let der = format!("MIIEvQIBADAN{}", "Bgkq/+".repeat(20));
        for text in [
            "-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF",
            r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#,
            r#"{"type":"service_account","private_key":"x","client_email":"a@b.example.com"}"#,
            &der,
            "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF",
            "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSUV2UUlCQURBTkJna3Foa2lHOXcwQkFRRUZBQVNDQktjd2dn",
        ] {
            assert!(holds_private_key(text) && is_private_key(text), "{text}");
        }
        assert!(is_private_key("-----BEGIN RSA PRIVATE KEY-----"));
        for token in [
            format!("MIIDdzCCAl+gAwIBAgIE{}", "Bgkq/+".repeat(20)),
            format!("MI{}", "tokeN0".repeat(12)),
            format!("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t{}", "Cgk9".repeat(12)),
            format!("LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0K{}", "Cgk9".repeat(12)),
        ] {
            assert!(!is_private_key(&token), "{token}");
        }
        for text in [
            "thumbprint",
            "MI6",
            "https://idp.example/realms/a-very-long-name-of-a-realm/protocol/openid-connect/token",
            r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
            "MIT licence, and what else there is to say of it, which may well take a long line of text",
        ] {
            assert!(!holds_private_key(text) && !is_private_key(text), "{text}");
        }
    }
}
