//! Points in time for a person's eyes: UTC, and how far they are from now.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::oauth::jwt::numeric_date;

/// The last second that has a name (9999-12-31 23:59:59 UTC).
const LAST: f64 = 253_402_300_799.0;

/// Seconds since 1970 as date and time: `2026-11-25 17:04:05 UTC`. What is beyond the years that have names stays a number.
pub fn utc(seconds: f64) -> String {
    match rfc3339(seconds) {
        Some(text) => text.replace('T', " ").replace('Z', " UTC"),
        None if seconds.abs() < 1e15 => format!("{seconds} s since 1970"),
        None => format!("{seconds:e} s since 1970"),
    }
}

/// The same for scripts (RFC 3339): `2026-11-25T17:04:05Z`. `None` beyond the years that have names.
pub fn rfc3339(seconds: f64) -> Option<String> {
    let at = || UNIX_EPOCH + Duration::from_secs_f64(seconds);
    is_date(seconds).then(|| humantime::format_rfc3339_seconds(at()).to_string())
}

fn is_date(seconds: f64) -> bool {
    (0.0..=LAST).contains(&seconds)
}

/// A span in short: `58 min`, `3 h 20 min`, `12 days`. The smaller unit stands where there are few of the larger.
pub fn span(span: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "day"), (3_600, "h"), (60, "min"), (1, "s")];
    let count = |at: usize, of: u64| match UNITS.get(at) {
        Some((_, "day")) if of != 1 => format!("{of} days"),
        Some((_, name)) => format!("{of} {name}"),
        None => String::new(),
    };
    let seconds = span.as_secs();
    let at = UNITS.iter().position(|(unit, _)| seconds >= *unit).unwrap_or(UNITS.len() - 1);
    let (first, rest) = (seconds / UNITS[at].0, seconds % UNITS[at].0);
    let second = UNITS.get(at + 1).map_or(0, |(unit, _)| rest / unit);
    if first < 10 && second > 0 { format!("{} {}", count(at, first), count(at + 1, second)) } else { count(at, first) }
}

/// Seconds since 1970 as date and time and from `now` on: `2026-11-25 17:04:05 UTC (in 58 min)`.
pub fn moment(seconds: f64, now: SystemTime) -> String {
    if is_date(seconds) { format!("{} ({})", utc(seconds), from(seconds, now)) } else { utc(seconds) }
}

/// The same from `now` on alone: `in 58 min`, `3 days ago`, `now`.
pub fn from(seconds: f64, now: SystemTime) -> String {
    let now = numeric_date(now);
    let away = seconds - now;
    let length = span(Duration::try_from_secs_f64(away.abs().trunc()).unwrap_or(Duration::MAX));
    match away.trunc() {
        away if away > 0.0 => format!("in {length}"),
        away if away < 0.0 => format!("{length} ago"),
        _ => "now".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_as_a_date_and_from_now_on() {
        let now = UNIX_EPOCH + Duration::from_millis(1_795_626_245_500);
        for (seconds, expected) in [
            (1_795_629_725.0, "2026-11-25 18:02:05 UTC (in 57 min)"),
            (1_795_629_726.0, "2026-11-25 18:02:06 UTC (in 58 min)"),
            (1_795_626_245.0, "2026-11-25 17:04:05 UTC (now)"),
            (1_795_626_244.25, "2026-11-25 17:04:04 UTC (1 s ago)"),
            (0.0, "1970-01-01 00:00:00 UTC (20782 days ago)"),
            (-5.0, "-5 s since 1970"),
            (1e300, "1e300 s since 1970"),
        ] {
            assert_eq!(moment(seconds, now), expected, "{seconds}");
        }
    }

    #[test]
    fn a_span_is_short() {
        for (seconds, expected) in [
            (0, "0 s"),
            (45, "45 s"),
            (80, "1 min 20 s"),
            (60, "1 min"),
            (3_480, "58 min"),
            (3_600, "1 h"),
            (12_000, "3 h 20 min"),
            (86_399, "23 h"),
            (86_400, "1 day"),
            (90_000, "1 day 1 h"),
            (1_040_000, "12 days"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), expected, "{seconds}");
        }
    }
}
