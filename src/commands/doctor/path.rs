//! The way to the server as steps: its addresses, its proxy, its certificates.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::chart::Chart;
use crate::host::{ip_of, is_localhost};
use crate::http::{Pool, TransportError};
use crate::net::{Attempt, Certificate, Handshake, Probe};
use crate::problem::Problem;
use crate::render::moment::moment;
use crate::report::Reporter;
use crate::wire::Url;

/// A certificate that is good for no longer deserves a look.
const SOON: u64 = 14 * 24 * 3600;
/// So many names of a certificate are told.
const MOST_NAMES: usize = 8;

/// What is wrong with a part of the way to `url`, as a run would tell it.
fn problem(error: &crate::net::NetError, url: &Url) -> Problem {
    TransportError::from(error.clone()).problem(url)
}

/// Puts the steps of the way to `url` on the chart.
pub(super) fn chart_way(
    chart: &mut Chart,
    probe: Result<Probe, TransportError>,
    (url, pool): (&Url, &Pool),
    reporter: &mut Reporter,
) {
    let probe = match probe {
        Ok(probe) => probe,
        Err(error) => {
            chart.failed("proxy", Duration::ZERO, Vec::new(), &error.problem(url), reporter);
            return chart.skip_for("proxy", &["dns", "tcp", "tls"]);
        }
    };
    let of_proxy = probe.proxy.as_ref().map(|proxy| format!("the proxy {}: ", proxy.name())).unwrap_or_default();
    match &probe.names.found {
        Ok(addresses) => chart.done(
            "dns",
            probe.names.took,
            of_proxy_first(&of_proxy, names(&probe.host, addresses)),
            Vec::new(),
            reporter,
        ),
        Err(error) => {
            chart.failed("dns", probe.names.took, Vec::new(), &problem(error, url), reporter);
            chart.skip_for("dns", &["tcp"]);
        }
    }
    if let Some(reached) = &probe.reached {
        let tried: Vec<_> = probe.attempts.iter().map(attempt).collect();
        match &reached.found {
            Ok(()) => {
                let answered = probe.attempts.iter().filter(|attempt| attempt.outcome.is_ok()).count();
                let first = match (answered, tried.len()) {
                    (1, 1) => format!("port {} answers", probe.port),
                    (some, all) => format!("port {} answers at {some} of {all} addresses", probe.port),
                };
                let detail = of_proxy_first(&of_proxy, [vec![first], tried].concat());
                chart.done("tcp", reached.took, detail, silent(&probe.host, &probe.attempts), reporter);
            }
            Err(error) => {
                let tried = if tried.len() > 1 { tried } else { Vec::new() };
                chart.failed("tcp", reached.took, tried, &problem(error, url), reporter);
            }
        }
    }
    chart_proxy(chart, &probe, url, reporter);
    chart_tls(chart, &probe, (url, pool), reporter);
}

fn of_proxy_first(of_proxy: &str, mut lines: Vec<String>) -> Vec<String> {
    if let Some(first) = lines.first_mut() {
        first.insert_str(0, of_proxy);
    }
    lines
}

/// Whose addresses these are, and they.
fn names(host: &str, addresses: &[SocketAddr]) -> Vec<String> {
    if ip_of(host).is_some() {
        return vec![format!("{host} is an address: nothing is looked up")];
    }
    if is_localhost(host) {
        return vec![format!("{host} is this machine, and is never looked up (RFC 6761 §6.3)")];
    }
    let six = addresses.iter().filter(|address| address.is_ipv6()).count();
    let count = [(addresses.len() - six, "IPv4"), (six, "IPv6")];
    let count: Vec<_> =
        count.iter().filter(|(count, _)| *count > 0).map(|(count, family)| format!("{count} {family}")).collect();
    let each = addresses.iter().map(|address| address.ip().to_string());
    std::iter::once(format!("{host}: {}", count.join(", "))).chain(each).collect()
}

fn attempt(Attempt { address, outcome, .. }: &Attempt) -> String {
    match outcome {
        Ok(took) => format!("{address}: {} ms", took.as_millis()),
        Err(why) => format!("{address}: {why}"),
    }
}

/// What to do about addresses that do not answer beside others that do. Of this machine one is enough: few programs listen at
/// both. Where this machine has one family alone, the other costs no time.
fn silent(host: &str, attempts: &[Attempt]) -> Vec<String> {
    if is_localhost(host) {
        return Vec::new();
    }
    [(false, "IPv4"), (true, "IPv6")]
        .into_iter()
        .filter_map(|(six, family)| {
            let of_family = || attempts.iter().filter(|attempt| attempt.address.is_ipv6() == six);
            let failed = of_family().filter(|attempt| attempt.outcome.is_err() && !attempt.is_unroutable).count();
            match (failed, of_family().count()) {
                (0, _) => None,
                (failed, all) if failed == all => Some(format!(
                    "no {family} address of {host} answers: each run may lose time on them; have the route mended, or the addresses taken out of DNS"
                )),
                (failed, all) => Some(format!(
                    "{failed} of {all} {family} addresses of {host} do not answer: each run may lose time on them; have them mended, or taken out of DNS"
                )),
            }
        })
        .collect()
}

fn chart_proxy(chart: &mut Chart, probe: &Probe, url: &Url, reporter: &mut Reporter) {
    let Some(proxy) = &probe.proxy else {
        let why = match &probe.passed_over {
            Some(over) => format!(
                "{} names {}, which is passed over: {} is this machine, and the proxy is not",
                over.setting, over.proxy, over.host
            ),
            None => "none is set for this server".to_owned(),
        };
        return chart.skip("proxy", why, "HTTPS_PROXY or --proxy names one, where the network wants it");
    };
    let which = format!("{} ({})", proxy.name(), proxy.setting());
    match &probe.tunnel {
        None => chart.skip_for(chart.broken(&["dns", "tcp"]).unwrap_or("tcp"), &["proxy"]),
        Some(look) => match &look.found {
            Ok(true) => {
                let detail = format!("{which} opens a tunnel to {}:{}", url.host(), url.port());
                chart.done("proxy", look.took, vec![detail], Vec::new(), reporter);
            }
            Ok(false) => {
                let detail = format!("{which} is to forward the request, since {} is plain http", url.without_query());
                chart.done("proxy", look.took, vec![detail], Vec::new(), reporter);
            }
            Err(error) => {
                let which = vec![format!("it is used because of {}", proxy.setting())];
                chart.failed("proxy", look.took, which, &problem(error, url), reporter);
            }
        },
    }
}

fn chart_tls(chart: &mut Chart, probe: &Probe, (url, pool): (&Url, &Pool), reporter: &mut Reporter) {
    if !url.is_https() {
        let why = format!("{} is plain http, which is allowed since it stays on this machine", url.without_query());
        return chart.skip("tls", why, "nothing, as long as it is this machine: any other server is to be https");
    }
    let Some(look) = &probe.tls else {
        return chart.skip_for(chart.broken(&["dns", "tcp", "proxy"]).unwrap_or("tcp"), &["tls"]);
    };
    let handshake = match &look.found {
        Ok(handshake) => handshake,
        Err(error) => return chart.failed("tls", look.took, Vec::new(), &problem(error, url), reporter),
    };
    let seen = certificates(handshake);
    let agreed = handshake.agreed.as_ref().map(|(version, cipher)| format!("{version}, {cipher}"));
    let mut detail = Vec::new();
    if let Some(error) = &handshake.refused {
        detail.extend(agreed);
        detail.extend(seen);
        detail.push(format!("trusted roots: {}", pool.roots()));
        return chart.failed("tls", look.took, detail, &problem(error, url), reporter);
    }
    let mut doubts: Vec<_> = expiring(handshake, url).into_iter().collect();
    let verified = match &probe.unverified {
        None => format!("verified; trusted roots: {}", pool.roots()),
        Some(Ok(())) => {
            doubts.push("--insecure is not needed: the certificate is good for this server".to_owned());
            "not verified (--insecure)".to_owned()
        }
        Some(Err(failure)) => {
            doubts.push(format!("without --insecure it would be refused: {failure}"));
            "not verified (--insecure)".to_owned()
        }
    };
    detail.push(format!("{}, {verified}", agreed.unwrap_or_default()));
    detail.extend(seen);
    detail.extend(match (handshake.wants_certificate, handshake.is_identified) {
        (true, true) => Some("the server asked for the client certificate and was shown it".to_owned()),
        (true, false) => Some("the server asks for a client certificate, and --cert names none".to_owned()),
        (false, true) => Some("the server did not ask for the client certificate".to_owned()),
        (false, false) => None,
    });
    chart.done("tls", look.took, detail, doubts, reporter);
}

/// The certificates that came, the server's own first.
fn certificates(handshake: &Handshake) -> Vec<String> {
    let now = SystemTime::now();
    let line = |(index, der): (usize, &Vec<u8>)| {
        let Some(read) = Certificate::read(der) else { return "a certificate that cannot be read".to_owned() };
        #[expect(clippy::cast_precision_loss, reason = "a date")]
        let days = read.validity().map(|(since, until)| match now.duration_since(UNIX_EPOCH) {
            Ok(today) if today.as_secs() < since => {
                format!("valid from {}", moment(since as f64, now))
            }
            _ => format!("until {}", moment(until as f64, now)),
        });
        let mut text = format!("{}, issued by {}", read.subject_name(), read.issuer_name());
        text.extend(days.map(|days| format!(", {days}")));
        let hosts = read.hosts();
        if index == 0 && !hosts.is_empty() {
            let more = if hosts.len() > MOST_NAMES { ", …" } else { "" };
            let hosts: Vec<_> = hosts.into_iter().take(MOST_NAMES).collect();
            text.push_str(&format!(", for {}{more}", hosts.join(", ")));
        }
        text
    };
    handshake.chain.iter().enumerate().map(line).collect()
}

/// That the server's certificate is about to expire.
fn expiring(handshake: &Handshake, url: &Url) -> Option<String> {
    let (_, until) = Certificate::read(handshake.chain.first()?)?.validity()?;
    let left = until.checked_sub(SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs())?;
    (left < SOON).then(|| {
        let days = left / 86_400;
        format!(
            "the certificate of {} expires in {days} {}: have it renewed",
            url.host(),
            if days == 1 { "day" } else { "days" }
        )
    })
}

/// The way to another host on a few lines.
///
/// # Errors
/// No run gets there.
pub(super) fn summary(probe: Result<Probe, TransportError>, url: &Url) -> Result<Vec<String>, Problem> {
    let place = format!("{}:{}", url.host(), url.port());
    let probe = probe.map_err(|error| error.problem(url))?;
    let failed = [
        probe.names.found.as_ref().err(),
        probe.reached.as_ref().and_then(|look| look.found.as_ref().err()),
        probe.tunnel.as_ref().and_then(|look| look.found.as_ref().err()),
        probe.tls.as_ref().and_then(|look| match &look.found {
            Ok(handshake) => handshake.refused.as_ref(),
            Err(error) => Some(error),
        }),
    ];
    if let Some(error) = failed.into_iter().flatten().next() {
        return Err(problem(error, url));
    }
    let handshake = probe.tls.as_ref().and_then(|look| look.ok());
    let agreed =
        handshake.and_then(|tls| tls.agreed.as_ref()).map(|(version, cipher)| format!(", {version}, {cipher}"));
    let first = format!("{place} is there too{}", agreed.unwrap_or_default());
    Ok(std::iter::once(first).chain(handshake.map(certificates).unwrap_or_default()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_do_not_answer_are_told_by_their_family() {
        let attempt = |address: &str, outcome: Result<u64, &str>| Attempt {
            address: address.parse().unwrap(),
            outcome: outcome.map(Duration::from_millis).map_err(str::to_owned),
            is_unroutable: outcome == Err("Network is unreachable"),
        };
        let four = attempt("192.0.2.1:443", Ok(9));
        for (host, other, told) in [
            (
                "idp.example",
                attempt("[2001:db8::1]:443", Err("timed out")),
                Some("no IPv6 address of idp.example answers: "),
            ),
            (
                "idp.example",
                attempt("192.0.2.2:443", Err("refused")),
                Some("1 of 2 IPv4 addresses of idp.example do not"),
            ),
            ("idp.example", attempt("[2001:db8::1]:443", Err("Network is unreachable")), None),
            ("localhost", attempt("[::1]:443", Err("refused")), None),
        ] {
            let attempts = [attempt("192.0.2.1:443", Ok(9)), other];
            let silent = silent(host, &attempts);
            assert_eq!(silent.len(), usize::from(told.is_some()), "{silent:?}");
            assert!(told.is_none_or(|told| silent[0].starts_with(told)), "{silent:?}");
        }
        assert!(silent("idp.example", &[four]).is_empty());
    }

    #[test]
    fn a_host_is_told_with_its_addresses() {
        let addresses: Vec<SocketAddr> = ["192.0.2.1:1", "[2001:db8::1]:1"].map(|a| a.parse().unwrap()).to_vec();
        assert_eq!(names("idp.example", &addresses), ["idp.example: 1 IPv4, 1 IPv6", "192.0.2.1", "2001:db8::1"]);
        assert_eq!(names("idp.example", &addresses[..1]), ["idp.example: 1 IPv4", "192.0.2.1"]);
        assert_eq!(names("[::1]", &addresses), ["[::1] is an address: nothing is looked up"]);
        assert!(names("idp.localhost", &addresses)[0].contains("is never looked up"));
    }
}
