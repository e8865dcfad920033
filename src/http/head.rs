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
