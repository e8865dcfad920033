//! Rows for a person at a terminal.

use std::time::Duration;

/// Rows in columns that are as wide as their widest cell.
pub fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cells: String = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}  ")).collect();
        format!("{}\n", cells.trim_end())
    };
    rows.iter().map(line).collect()
}

/// A time span as people say it, in its two largest units: `2 hours 5 minutes`.
pub fn in_words(span: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let mut rest = span.as_secs();
    let mut words = Vec::new();
    for (seconds, name) in UNITS {
        let count = rest / seconds;
        rest %= seconds;
        match count {
            0 if words.is_empty() => continue,
            0 => {}
            1 => words.push(format!("1 {name}")),
            _ => words.push(format!("{count} {name}s")),
        }
        // Seconds beside hours tell nobody anything.
        if words.len() == 2 || seconds >= 3_600 && count > 0 && rest < seconds / 24 || count == 0 {
            break;
        }
    }
    if words.is_empty() { "less than a second".into() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a", "long one", "x"], ["bcd", "é", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(columns(&rows), "a    long one  x\nbcd  é\n");
        assert_eq!(columns::<2>(&[]), "");
    }

    #[test]
    fn a_span_is_said_in_its_two_largest_units() {
        for (seconds, expected) in [
            (0, "less than a second"),
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (61, "1 minute 1 second"),
            (3_600, "1 hour"),
            (3_605, "1 hour"),
            (7_500, "2 hours 5 minutes"),
            (86_400, "1 day"),
            (90_000, "1 day 1 hour"),
            (86_405, "1 day"),
            (864_000, "10 days"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), expected, "{seconds}");
        }
    }
}
