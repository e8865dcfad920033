//! The head of an answer as bytes: where it ends, and whether its end can be trusted.

/// Where the head ends that `input` begins with: behind its first empty line. The lines may end without a CR (RFC 9112 §2.2).
pub(super) fn end_of_head(input: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\n', input).find_map(|at| match input.get(at + 1..)? {
        [b'\n', ..] => Some(at + 2),
        [b'\r', b'\n', ..] => Some(at + 3),
        _ => None,
    })
}

/// True if two readers of this head could disagree on where the answer ends (RFC 9112 §6.3): then nothing that follows can
/// be told apart from it.
pub(super) fn is_doubtful(head: &[u8]) -> bool {
    let fields = || {
        head.split(|byte| *byte == b'\n').skip(1).filter_map(|line| {
            let (name, value) = line.split_at_checked(memchr::memchr(b':', line)?)?;
            Some((name.trim_ascii(), value.get(1..).unwrap_or_default().trim_ascii()))
        })
    };
    let values = |wanted: &'static [u8]| {
        fields().filter(move |(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    };
    let no_content = matches!(head.get(9..12), Some(b"204" | b"304"));
    let mut lengths = values(b"content-length");
    let mut codings = values(b"transfer-encoding");
    match (codings.next(), lengths.next()) {
        (None, None) => false,
        (None, Some(length)) => lengths.next().is_some() || head.get(9..12) == Some(b"204") && length != b"0",
        (Some(coding), length) => {
            no_content
                || length.is_some()
                || codings.next().is_some()
                || !coding.eq_ignore_ascii_case(b"chunked")
                || head.starts_with(b"HTTP/1.0")
        }
    }
}

/// A head as a strict reader takes it, where it came otherwise and means the same to a lenient one such as curl.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Straightened {
    /// It, with no more than `most` fields, and never longer than it came: no byte stands in it that needs not.
    pub(super) head: Vec<u8>,
    /// All of its fields, name and value.
    pub(super) fields: Vec<(Vec<u8>, Vec<u8>)>,
    /// What was odd about it, each with the section that it bends.
    pub(super) bends: Vec<(&'static str, &'static str)>,
}

/// The fields that say where the answer ends, or what it is.
const NEEDED: [&[u8]; 5] =
    [b"content-length", b"transfer-encoding", b"connection", b"content-encoding", b"content-type"];

/// The fields of a head, name and value, and what was odd about it, each with the section that it bends.
type Read = (Vec<(Vec<u8>, Vec<u8>)>, Vec<(&'static str, &'static str)>);

/// Reads a whole head line by line, in which `most` fields are usual.
///
/// # Errors
/// Which line cannot be read, from 1, and why. Nothing of it is quoted that may be a secret.
pub(super) fn read(head: &[u8], most: usize) -> Result<Read, (usize, &'static str)> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let mut fields: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let (mut folded, mut spaced) = (false, false);
    for (number, line) in (1..).zip(lines(head)).skip(1) {
        if line.is_empty() {
            break;
        }
        if line.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
            return Err((number, "holds a control character"));
        }
        if line.first().is_some_and(is_blank) {
            let Some((_, value)) = fields.last_mut() else { return Err((number, "goes on with no line before it")) };
            let more = line.trim_ascii();
            // RFC 9112 §5.2: a fold is a space. There is none around a value.
            if !value.is_empty() && !more.is_empty() {
                value.push(b' ');
            }
            value.extend_from_slice(more);
            folded = true;
            continue;
        }
        let Some((name, value)) = memchr::memchr(b':', line).and_then(|at| line.split_at_checked(at)) else {
            return Err((number, "has no colon"));
        };
        let bare = name.trim_ascii_end();
        let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
        if bare.is_empty() || !bare.iter().all(is_token) {
            return Err((number, "has a name with characters that no header name has"));
        }
        spaced |= bare.len() < name.len();
        fields.push((bare.to_owned(), value.get(1..).unwrap_or_default().trim_ascii().to_owned()));
    }
    let bends = [
        folded.then_some(("a header line is folded", "RFC 9112 §5.2")),
        spaced.then_some(("white space stands before a header's colon", "RFC 9112 §5.1")),
        too_many(fields.len(), most),
    ];
    Ok((fields, bends.into_iter().flatten().collect()))
}

/// How so many fields bend what readers take, of which `most` are usual.
pub(super) fn too_many(fields: usize, most: usize) -> Option<(&'static str, &'static str)> {
    (fields > most).then_some(("the head has more fields than most readers take", "RFC 9110 §5.4"))
}

fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// The same for a strict reader. `None` where nothing is odd about it.
///
/// # Errors
/// As [`read`].
pub(super) fn straightened(head: &[u8], most: usize) -> Result<Option<Straightened>, (usize, &'static str)> {
    let (fields, bends) = read(head, most)?;
    if bends.is_empty() {
        return Ok(None);
    }
    let status = lines(head).next().unwrap_or_default();
    let is_needed = |name: &[u8]| NEEDED.iter().any(|needed| needed.eq_ignore_ascii_case(name));
    let mut room = most.saturating_sub(fields.iter().filter(|(name, _)| is_needed(name)).count());
    let mut straight = [status, b"\n"].concat();
    for (name, value) in &fields {
        let fits = is_needed(name) || room > 0;
        if fits {
            room -= usize::from(!is_needed(name)).min(room);
            straight.extend_from_slice(&[name.as_slice(), b":", value, b"\n"].concat());
        }
    }
    straight.push(b'\n');
    Ok(Some(Straightened { head: straight, fields, bends }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_with_its_first_empty_line() {
        for (input, end) in [
            ("a\r\n\r\nb\r\n\r\n", Some(5)),
            ("a\n\nb\r\n\r\n", Some(3)),
            ("a\n\r\nb", Some(4)),
            ("a\r\nb\r\n", None),
            ("a\r\n\r", None),
            ("a\r\r", None),
            ("", None),
        ] {
            assert_eq!(end_of_head(input.as_bytes()), end, "{input:?}");
        }
    }

    #[test]
    fn a_head_that_only_a_lenient_reader_takes_is_straightened() {
        let read = |head: &str| {
            let read = straightened(format!("HTTP/1.1 200 OK\r\n{head}\r\n").as_bytes(), 4);
            read.map(|read| read.map(|read| (String::from_utf8(read.head).unwrap(), read.bends.len())))
        };
        let straight = |fields: &str, bends| Ok(Some((format!("HTTP/1.1 200 OK\n{fields}\n"), bends)));
        assert_eq!(read("A: b\r\nC:d\r\n"), Ok(None));
        assert_eq!(read("A: b\r\n  c\r\n\td \r\nE: f\r\n"), straight("A:b c d\nE:f\n", 1));
        assert_eq!(read("A:\n b\n \n\t\nC:\n \n"), straight("A:b\nC:\n", 1));
        assert_eq!(read("A : b\nC\t:d\n"), straight("A:b\nC:d\n", 1));
        assert_eq!(
            read("A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\nContent-Length : 6\r\n"),
            straight("A:1\nB:2\nC:3\nContent-Length:6\n", 2)
        );
        for (head, line, why) in [
            ("A: b\r\nbad line\r\n", 3, "has no colon"),
            (" a: b\r\n", 2, "goes on with no line before it"),
            (": b\r\n", 2, "has a name with characters that no header name has"),
            ("A b: c\r\n", 2, "has a name with characters that no header name has"),
            ("A: b\rc\r\n", 2, "holds a control character"),
            ("A: b\0\r\n", 2, "holds a control character"),
        ] {
            assert_eq!(read(head), Err((line, why)), "{head:?}");
        }
    }

    #[test]
    fn a_head_is_doubtful_where_readers_could_disagree_on_the_end() {
        for (head, expected) in [
            ("200 OK\r\nContent-Length: 5", false),
            ("200 OK\nTRANSFER-ENCODING:Chunked", false),
            ("200 OK", false),
            ("204 X\r\nContent-Length: 0", false),
            ("304 X\r\nContent-Length: 5", false),
            ("204 X\r\nContent-Length: 5", true),
            ("204 X\r\nTransfer-Encoding: chunked", true),
            ("304 X\r\nTransfer-Encoding: chunked", true),
            ("200 OK\r\nTransfer-Encoding : chunked\r\nContent-Length: 5", true),
            ("200 OK\r\nContent-Length: 5\r\nX: y\r\ncontent-length:5", true),
            ("200 OK\r\nTransfer-Encoding: identity", true),
            ("200 OK\r\nTransfer-Encoding: chunked, chunked", true),
            ("200 OK\r\nTransfer-Encoding:\r\n chunked", true),
        ] {
            assert_eq!(is_doubtful(format!("HTTP/1.1 {head}\r\n\r\n").as_bytes()), expected, "{head:?}");
        }
        assert!(is_doubtful(b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
    }
}
