//! A text as a QR code on a terminal, for the camera of another device.

use qrcodegen::{QrCode, QrCodeEcc};

/// The light border that a reader needs (ISO/IEC 18004 §9.1; modules).
const QUIET: i32 = 4;

/// Black on white in the colours that no terminal's theme changes: 16 and 231 of the 256.
const COLOURS: &str = "\x1b[38;5;16;48;5;231m";

/// A text as modules, which are dark or light.
pub struct Qr(QrCode);

impl Qr {
    /// `text` with little to correct errors by, as a screen has none, so that it is small. `None` where it is too long for
    /// any code.
    pub fn of(text: &str) -> Option<Self> {
        QrCode::encode_text(text, QrCodeEcc::Low).ok().map(Self)
    }

    /// How wide it is with its quiet zone: modules, and columns of a terminal.
    pub fn width(&self) -> usize {
        usize::try_from(self.0.size() + 2 * QUIET).unwrap_or(usize::MAX)
    }

    /// It and its quiet zone, line by line, in each of which a character stands for two modules, one upon the other.
    pub fn drawn(&self) -> String {
        let places = -QUIET..self.0.size() + QUIET;
        let mut drawn = String::new();
        for y in places.clone().step_by(2) {
            drawn.push_str(COLOURS);
            // What lies beyond is light.
            drawn.extend(places.clone().map(|x| match (self.0.get_module(x, y), self.0.get_module(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            }));
            drawn.push_str("\x1b[0m\n");
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules of what was drawn, as a reader sees them.
    fn seen(drawn: &str) -> Vec<Vec<bool>> {
        let mut rows = Vec::new();
        for line in drawn.lines() {
            let line = line.strip_prefix(COLOURS).unwrap().strip_suffix("\x1b[0m").unwrap();
            rows.push(line.chars().map(|c| matches!(c, '█' | '▀')).collect());
            rows.push(line.chars().map(|c| matches!(c, '█' | '▄')).collect());
        }
        rows
    }

    #[test]
    fn what_is_drawn_is_the_code_in_its_quiet_zone() {
        for text in ["x", "https://idp.example/device?user_code=WDJB-MJHT", &"long ".repeat(500)] {
            let qr = Qr::of(text).unwrap();
            let (size, quiet) = (qr.0.size(), QUIET as usize);
            let seen = seen(&qr.drawn());
            // An odd number of rows leaves half of the last line light.
            assert_eq!(seen.len(), qr.width() + 1, "{text}");
            for (y, row) in seen.iter().enumerate() {
                assert_eq!(row.len(), qr.width(), "{text}");
                for (x, is_dark) in row.iter().enumerate() {
                    let is_within = |at: usize| (quiet..quiet + size as usize).contains(&at);
                    let module = qr.0.get_module(x as i32 - QUIET, y as i32 - QUIET);
                    assert_eq!(*is_dark, module && is_within(x) && is_within(y), "{text}: {x}, {y}");
                }
            }
        }
        // Of the least code, which has 21 modules (ISO/IEC 18004 §6.3.1), the finder patterns.
        let seen = seen(&Qr::of("x").unwrap().drawn());
        assert_eq!(seen[0].len(), 29);
        let patterns = [(4, 4), (18, 4), (4, 18)];
        let is_dark = |(x, y): (usize, usize)| (0..7).all(|n| seen[y][x..][n] && seen[y + n][x] && seen[y + 6][x..][n]);
        assert!(patterns.into_iter().all(is_dark));
    }

    #[test]
    fn a_usual_address_fits_into_a_usual_terminal_and_a_book_into_no_code() {
        let usual = Qr::of("https://login.example.com/realms/staff/device?user_code=WDJB-MJHT").unwrap();
        assert!(usual.width() <= 80 && usual.drawn().lines().count() <= 24, "{}", usual.width());
        assert!(Qr::of(&"x".repeat(3000)).is_none());
    }
}
