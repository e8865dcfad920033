//! One exchange as `-v` tells it: the connection, what goes out over it and what comes back, and how long that took.

use std::io;
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::Reporter;
use crate::acquire::Message;
use crate::host::ip_of;
use crate::http::{Answer, Moment};
use crate::net::{Certificate, Milestone, Proxy, time};
use crate::oauth::reply;
use crate::render;
use crate::secret::MASK;
use crate::secret::mask::Nature;
use crate::secret::names::is_sensitive_name;
use crate::text::{capped, escaped};
use crate::wire::{Call, Reply, Timings};

/// At most this much of a body is shown (characters).
const SHOWN_BODY: usize = 64 << 10;

/// At most so many of a certificate's names are shown.
const SHOWN_NAMES: usize = 8;

/// How wide the bar of a time line is (columns).
const BAR: u32 = 60;

impl Reporter {
    /// What happens on the way to an answer to `message`.
    pub(super) fn trace_moment(&self, message: &Message, moment: &Moment<'_>) {
        match message {
            Message::Get(call) | Message::Identity(call) => self.trace_api(call, moment),
            Message::Post(post) => self.exchange(moment, || render::request::http(post, self.diagnosis.show_secrets)),
        }
    }

    /// What happens on the way to an API's answer.
    pub fn api_moment(&self, call: &Call, moment: &Moment<'_>) {
        self.record_moment(moment);
        self.trace_api(call, moment);
    }

    fn trace_api(&self, call: &Call, moment: &Moment<'_>) {
        self.exchange(moment, || render::api::http(call, self.diagnosis.show_secrets));
    }

    /// The head of an API's answer.
    pub fn api_answer(&mut self, answer: &mut Answer) {
        self.waited();
        self.record_answer(answer);
        if self.diagnosis.verbose {
            self.trace("<", &self.head(&answer.head));
        }
    }

    /// As much of an API's answer as is used has been read: how long it took.
    pub fn api_read(&self, answer: &mut Answer) {
        if self.diagnosis.verbose {
            self.trace_timings(&answer.timings());
        }
        self.record_read(answer);
    }

    fn exchange(&self, moment: &Moment<'_>, request: impl FnOnce() -> String) {
        if !self.diagnosis.verbose {
            return;
        }
        match moment {
            Moment::Connecting(milestone) => self.milestone(milestone),
            Moment::Sending { forwarder, kept } => {
                if *kept {
                    self.note("on a connection that was left over");
                }
                let text = request();
                self.trace_request(&match forwarder {
                    Some(proxy) => forwarded(&text, proxy, self.diagnosis.show_secrets),
                    None => text,
                });
            }
            Moment::Broken(head) => self.trace("<", &self.head(head)),
        }
    }

    fn milestone(&self, milestone: &Milestone<'_>) {
        match milestone {
            Milestone::Reached { host, address, failed } => {
                for (address, why) in *failed {
                    self.note(&format!("no connection to {address}: {why}"));
                }
                let name = if ip_of(host).is_none() { format!(" for {host}") } else { String::new() };
                self.note(&format!("connected to {address}{name}"));
            }
            Milestone::Tunnelled { proxy } => self.note(&format!("the proxy {proxy} has opened a tunnel")),
            Milestone::Secured { host, tls } => {
                self.note(&format!("{} with {host}, {}", tls.version(), tls.cipher()));
                if let Some(certificate) = tls.certificates().next().and_then(Certificate::read) {
                    self.note(&described(&certificate));
                }
            }
        }
    }

    fn trace(&self, mark: &str, text: &str) {
        // Secrets are looked for in the whole: one may hold a line end.
        let text = if self.diagnosis.show_secrets { text.into() } else { self.redactor.redact(text) };
        for line in text.lines() {
            self.traced(format!("{mark} {}", escaped(line)).trim_end());
        }
    }

    fn trace_request(&self, text: &str) {
        // Before it is cut, so that no half of a secret is left at the cut.
        let text = if self.diagnosis.show_secrets { text.into() } else { self.redactor.redact(text) };
        let shown = capped(&text, SHOWN_BODY);
        self.trace(">", &shown);
        if shown.len() < text.len() {
            self.note("the body goes on; Content-Length tells its size");
        }
    }

    /// The head of an answer, or the beginning of one, as it came, but for what is secret.
    fn head(&self, head: &str) -> String {
        let mut text = String::new();
        let mut is_hidden = false;
        for line in head.lines() {
            let goes_on = line.starts_with([' ', '\t']);
            let shown = match line.split_once(':') {
                _ if self.diagnosis.show_secrets => line.to_owned(),
                // It goes on with what the line before began (RFC 9112 §5.2).
                _ if goes_on && is_hidden => format!(" {MASK}"),
                Some((name, value)) if !goes_on && !line.starts_with("HTTP/") => {
                    is_hidden = is_sensitive_name(name.trim_end());
                    let bare = value.trim_start();
                    let blanks = value.get(..value.len() - bare.len()).unwrap_or_default();
                    format!("{name}:{blanks}{}", self.field(name.trim_end(), bare.trim_end()))
                }
                _ => self.masked(line, Nature::Named),
            };
            text.push_str(&shown);
            text.push('\n');
        }
        text
    }

    pub(super) fn trace_reply(&self, reply: &Reply) {
        let mut text = self.head(&reply.head);
        let body = String::from_utf8_lossy(&reply.body);
        // Before it is cut, so that no half of a secret is left at the cut.
        let nature = if self.asks_for_token { reply::nature(reply) } else { Nature::Named };
        let body = if self.diagnosis.show_secrets { body.into_owned() } else { self.masked(&body, nature) };
        text.push_str(&capped(&body, SHOWN_BODY));
        self.trace("<", &text);
        if let Some(why) = &reply.undecoded {
            self.note(&format!("the body's Content-Encoding cannot be undone: {why}"));
        }
        if reply.body.len() > SHOWN_BODY {
            self.note(&format!("the body goes on; it has {} bytes", reply.body.len()));
        }
        self.trace_timings(&reply.timings);
    }

    fn trace_timings(&self, timings: &Timings) {
        let steps = steps(timings);
        let words = |style: fn(AnsiColor) -> Style| {
            let steps = steps.iter().map(|(name, colour, took)| {
                let style = style(*colour);
                format!("{style}{name} {}{style:#}", milliseconds(*took))
            });
            let steps: String = steps.map(|step| step + ", ").collect();
            format!("* time: {steps}total {}", milliseconds(timings.total))
        };
        let has_colour = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
        if self.diagnosis.json_errors || !has_colour {
            return self.traced(&words(|_| Style::new()));
        }
        self.line(&words(AnsiColor::on_default));
        let whole = steps.iter().map(|(_, _, took)| *took).sum();
        let bar = |(_, colour, took): &(&str, AnsiColor, Duration)| {
            let style = colour.on_default();
            format!("{style}{}{style:#}", "█".repeat(columns(*took, whole)))
        };
        self.line(&format!("*       {}", steps.iter().map(bar).collect::<String>()));
    }
}

/// The steps that there were, each with its colour.
fn steps(timings: &Timings) -> Vec<(&'static str, AnsiColor, Duration)> {
    let steps = [
        ("dns", AnsiColor::Blue, timings.dns),
        ("connect", AnsiColor::Cyan, timings.connect),
        ("tls", AnsiColor::Magenta, timings.tls),
        ("wait", AnsiColor::Yellow, timings.wait),
        ("body", AnsiColor::Green, timings.body),
    ];
    steps.into_iter().filter_map(|(name, colour, took)| Some((name, colour, took?))).collect()
}

/// How many columns of the bar a step gets. The shortest is one that can be seen.
fn columns(took: Duration, whole: Duration) -> usize {
    let share = took.as_secs_f64() / whole.as_secs_f64().max(f64::MIN_POSITIVE) * f64::from(BAR);
    // Truncated by intent; a share is no more than the whole.
    (share.round().clamp(1.0, f64::from(BAR)) as u32) as usize
}

fn milliseconds(span: Duration) -> String {
    format!("{:.1} ms", span.as_secs_f64() * 1000.0)
}

fn described(certificate: &Certificate<'_>) -> String {
    let hosts = certificate.hosts();
    let more = hosts.len().saturating_sub(SHOWN_NAMES);
    let mut names = match hosts.get(..SHOWN_NAMES.min(hosts.len())) {
        Some([]) | None => format!("no host ({})", certificate.subject_name()),
        Some(hosts) => hosts.join(", "),
    };
    if more > 0 {
        names.push_str(&format!(" and {more} more"));
    }
    let dates = certificate.validity();
    let dates = dates.map_or_else(|| "no dates".into(), |(from, to)| format!("{} to {}", time(from), time(to)));
    format!("certificate for {names}; issuer {}; valid {dates}", certificate.issuer_name())
}

/// A request as it goes to a proxy that forwards it: the target is absolute (RFC 9112 §3.2.2), and its own credentials follow
/// `Host`.
fn forwarded(request: &str, proxy: &Proxy, show_secrets: bool) -> String {
    let mut lines = request.splitn(3, '\n');
    let (first, host, rest) = (lines.next(), lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let (method, target) = first.and_then(|line| line.split_once(' ')).unwrap_or_default();
    let authority = host.trim_start_matches("Host: ");
    let authorization = proxy.authorization().map(|value| match show_secrets {
        true => format!("Proxy-Authorization: {}\n", *value),
        false => format!("Proxy-Authorization: Basic {MASK}\n"),
    });
    format!("{method} http://{authority}{target}\n{host}\n{}{rest}", authorization.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Diagnosis;

    #[test]
    fn a_head_is_shown_as_it_came_without_what_is_secret() {
        let reporter = Reporter::new(Diagnosis { verbose: true, ..Diagnosis::default() });
        let head = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Fine: so far\r\nX-Mixed-Case:a\r\nSet-Cookie: canary;\r\n\tcanary2\r\n\
                    X-Folded: one\r\n two: three\r\nno colon\r\nSet-Cookie : canary\r\n\r\n";
        assert_eq!(
            reporter.head(head),
            "HTTP/1.1 100 Continue\n\nHTTP/1.1 200 Fine: so far\nX-Mixed-Case:a\nSet-Cookie: ***\n ***\nX-Folded: one\n two: three\nno colon\n\
             Set-Cookie : ***\n\n"
        );
        let shows = Reporter::new(Diagnosis { verbose: true, show_secrets: true, ..Diagnosis::default() });
        assert_eq!(shows.head(head), head.replace("\r\n", "\n"));
    }

    #[test]
    fn a_step_has_its_share_of_the_bar() {
        let ms = Duration::from_millis;
        assert_eq!([0, 1, 25, 50, 100].map(|took| columns(ms(took), ms(100))), [1, 1, 15, 30, 60]);
        assert_eq!(columns(Duration::ZERO, Duration::ZERO), 1);
    }
}
