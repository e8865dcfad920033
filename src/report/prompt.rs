//! What a person is told that is to be done: on stderr whatever else is silent, addresses and codes alone on their lines.

use std::io::{self, Write as _};
use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Reporter, stderr_is_terminal};
use crate::acquire::Prompt;
use crate::render::in_words;
use crate::render::qr::Qr;
use crate::terminal;
use crate::text::escaped;

impl Reporter {
    /// Tells it.
    pub(super) fn prompt(&mut self, prompt: &Prompt<'_>) {
        self.waited();
        if self.diagnosis.json_errors {
            self.line(&object(prompt).to_string());
            self.holds_nothing = true;
            return self.finish();
        }
        match prompt {
            Prompt::Browser {
                url,
                lasts,
                is_pushed,
                start,
                is_opened,
                can_paste,
                ssh,
                port,
                has_device,
                redirect_uri,
                ..
            } => {
                self.line(match is_opened {
                    true => "A browser is being opened to log in. If none comes up, open this address:",
                    false => "Open this address in a browser to log in:",
                });
                // As it is, so that it can be copied: it holds nothing but printable ASCII.
                self.line(&escaped(url));
                if *is_pushed {
                    self.line(&format!("It is good for {}.", in_words(*lasts)));
                }
                if let (Some(host), Some(start)) = (ssh, start) {
                    self.line("If that browser is not on this machine, run this on its own:");
                    self.line(&format!("ssh {}{host}", forwarded(start, redirect_uri, *port)));
                    self.line("and open this address there:");
                    self.line(&escaped(start));
                    if *has_device {
                        self.line("or log in with a code instead: oauth2tok login --device, with the same profile");
                    }
                }
                if *can_paste {
                    self.line("Or paste the address that the browser ends at here (it is not shown), and press Enter:");
                }
            }
            Prompt::Device { verification_uri, complete, user_code, is_drawn, lasts, .. } => {
                self.line("Open this address on any device:");
                self.line(&escaped(verification_uri));
                self.line("and enter this code:");
                self.line(&escaped(user_code));
                if let Some(complete) = complete {
                    self.line("or open this one, which has the code in it:");
                    self.line(&escaped(complete));
                }
                if *is_drawn {
                    self.draw(complete.unwrap_or(verification_uri));
                }
                self.line(&format!("They are good for {}. Only if you started this login yourself.", in_words(*lasts)));
            }
        }
    }
}

/// The options that have ssh forward the ports of the start address and of the way back.
fn forwarded(start: &str, redirect_uri: &str, port: Option<u16>) -> String {
    let of = |url: &str, port: &str| {
        let host = if url.contains("://[::1]") { "[::1]" } else { "127.0.0.1" };
        format!("-L {port}:{host}:{port} ")
    };
    let authority = start.split('/').nth(2).unwrap_or_default();
    let first = of(start, authority.rsplit(':').next().unwrap_or_default());
    match port.map(|port| of(redirect_uri, &port.to_string())) {
        Some(second) if second != first => first + &second,
        _ => first,
    }
}

impl Reporter {
    /// Draws an address for a camera, where there is room.
    fn draw(&mut self, address: &str) {
        let Some(qr) = Qr::of(address) else { return self.warn_always("--qr: the address is too long to be drawn") };
        match terminal::width().filter(|_| stderr_is_terminal()) {
            Some(columns) if columns >= qr.width() => {
                // Its colours are what makes it one: they stay where others are left out.
                let _ = io::stderr().write_all(qr.drawn().as_bytes());
            }
            Some(columns) => {
                self.warn_always(&format!("--qr: the terminal has {columns} columns, and it takes {}", qr.width()))
            }
            None => self.warn_always("--qr: stderr is no terminal to draw on"),
        }
    }
}

fn object(prompt: &Prompt<'_>) -> Value {
    let seconds = |at: &SystemTime| at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    match prompt {
        Prompt::Browser { url, redirect_uri, until, .. } => json!({
            "kind": "prompt",
            "url": url,
            "redirect_uri": redirect_uri,
            "expires_at": seconds(until),
        }),
        Prompt::Device { verification_uri, complete, user_code, until, .. } => json!({
            "kind": "prompt",
            "verification_uri": verification_uri,
            "verification_uri_complete": complete,
            "user_code": user_code,
            "expires_at": seconds(until),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tunnel_reaches_the_start_address_and_the_way_back() {
        for (start, redirect_uri, port, expected) in [
            ("http://127.0.0.1:7/x", "http://127.0.0.1:7/cb", Some(7), "-L 7:127.0.0.1:7 "),
            ("http://[::1]:7/x", "http://[::1]:7/cb", Some(7), "-L 7:[::1]:7 "),
            ("http://127.0.0.1:7/x", "https://127.0.0.1:8/cb", Some(8), "-L 7:127.0.0.1:7 -L 8:127.0.0.1:8 "),
            ("http://127.0.0.1:7/x", "https://app.example/cb", None, "-L 7:127.0.0.1:7 "),
        ] {
            assert_eq!(forwarded(start, redirect_uri, port), expected, "{redirect_uri}");
        }
    }
}
