//! Looking at what a server says of itself: nothing is asked for but that, and no client is needed.

use std::sync::Arc;
use std::time::Instant;

use super::context::Context;
use super::way::Way;
use crate::cli::DiscoverArgs;
use crate::deadline::Deadline;
use crate::oauth::discovery::{self, Issuer};
use crate::oauth::survey::{Standard, Survey};
use crate::oauth::{Endpoint, Server};
use crate::problem::{self, Class, Problem};
use crate::render::survey as render;
use crate::report::{Reporter, copy_to_stdout};
use crate::settings::{self, Key, Layer, Origin, Reach, SettingValue, Wanted};
use crate::text::excerpt;
use crate::wire::{Url, is_absolute};

/// Runs it.
///
/// # Errors
/// No document that can be used; a server that is not reached; with `--strict`, whatever was found.
pub fn run(args: &DiscoverArgs, flags: Layer, context: Context, reporter: &mut Reporter) -> problem::Result<()> {
    let (began, context) = (Instant::now(), Arc::new(context));
    let flags = with_word(args.issuer.as_deref(), flags, &context)?;
    let layer = context.layer(flags, reporter)?;
    if reporter.diagnosis().dry_run {
        return Err(Problem::usage(
            "discover is about what servers answer, and --dry-run asks none",
            "leave --dry-run out; -v shows what is sent",
        ));
    }
    let reach = Reach::from_layer(layer, &context.env)?;
    let issuer = issuer(args.issuer.as_deref(), &reach, &context)?;
    let deadline = Deadline::since(began, reach.http.timeout);
    let way = Way::to(reach, deadline, &context, reporter)?;
    reporter.about(issuer.url());
    let asked = |standard: &Standard| args.document.as_deref().is_none_or(|name| name == standard.name());
    let standards: Vec<_> = Standard::ALL.into_iter().filter(asked).collect();
    let keys = way.reach.endpoints.get(Endpoint::Jwks);
    let (survey, error) = way.with_means(reporter, |means, on_event| {
        let (mut survey, error) = means.survey(&issuer, &standards, on_event)?;
        if args.document.is_none() {
            means.survey_keys(&mut survey, keys, on_event);
        }
        Ok::<_, Problem>((survey, error))
    })?;
    match (&args.document, args.json) {
        (Some(_), _) => as_it_came(&survey)?,
        (None, true) => reporter.json(&render::json(&survey))?,
        (None, false) => reporter.page(&render::page(&survey))?,
    }
    match error {
        Some(error) => Err(error.into()),
        None if way.reach.diagnosis.strict && !survey.findings.is_empty() => Err(strictly(&survey)),
        None => Ok(()),
    }
}

/// The flags, where ISSUER is one of them. An endpoint that an alias of a whole run has beside it means nothing here.
fn with_word(word: Option<&str>, flags: Layer, context: &Context) -> problem::Result<Layer> {
    let Some(word) = word else { return Ok(flags) };
    if !is_absolute(word) {
        let file = settings::config_file(&context.env.below(flags)?, Wanted::Names, &context.env)?;
        if file.is_some_and(|file| file.names().any(|name| name == word)) {
            return Err(Problem::usage(
                format!("'{word}' is a profile, and no issuer"),
                format!("name it with -p: oauth2tok discover -p {word}"),
            ));
        }
        return Err(Problem::usage(
            "ISSUER is not an absolute URL",
            "write it whole, as in https://login.example.com, or name a profile with -p NAME",
        ));
    }
    let issuer = of_location(word).unwrap_or_else(|| word.to_owned());
    if flags.text(Key::Issuer).is_some_and(|flag| flag != word && flag != issuer) {
        return Err(Problem::usage("ISSUER and --issuer name two issuers", "leave one of them out"));
    }
    let mut flags = flags.without(&[Key::TokenEndpoint]);
    flags.set(Key::Issuer, SettingValue::Text(issuer), Origin::Flag(Key::Issuer));
    Ok(flags)
}

/// The issuer whose metadata is at `word`, where that is one of its places. What has a query may not be what others get there.
fn of_location(word: &str) -> Option<String> {
    let url = Url::parse(word).ok().filter(|url| !url.as_str().contains('?'))?;
    discovery::issuer_of_location(url.as_str())
}

/// Whom to ask.
fn issuer(word: Option<&str>, reach: &Reach, context: &Context) -> problem::Result<Issuer> {
    match &reach.server {
        // An address tells nothing of a slash at the issuer's end.
        Some(Server::Issuer(issuer)) if issuer.expected().is_none() && word.and_then(of_location).is_some() => {
            Ok(issuer.clone().expecting(Some(format!("{}/", issuer.as_str()))))
        }
        Some(Server::Issuer(issuer)) => Ok(issuer.clone()),
        Some(Server::Endpoint(_)) => Err(Problem::usage(
            "discover looks at an issuer, and a token endpoint is given alone",
            "name the issuer: oauth2tok discover https://login.example.com",
        )),
        None => Err(nobody_to_ask(reach, context)),
    }
}

fn nobody_to_ask(reach: &Reach, context: &Context) -> Problem {
    const MOST: usize = 10;
    let file = settings::config_file(&reach.layer, Wanted::Names, &context.env).ok().flatten();
    let names: Vec<_> = file.iter().flat_map(|file| file.names()).take(MOST).map(|name| excerpt(name, 60)).collect();
    let problem = Problem::usage(
        "nothing says which server to look at",
        "name the issuer: oauth2tok discover https://login.example.com",
    );
    match names.is_empty() {
        true => problem,
        false => problem.hint(format!("or a profile: -p {}", names.join(", -p "))),
    }
}

/// Prints the document that was asked for, if there is one.
fn as_it_came(survey: &Survey) -> problem::Result<()> {
    let document = survey.documents.iter().find(|document| document.is_read());
    match document.map(|document| &document.visit.body) {
        Some(Ok(body)) => copy_to_stdout(&mut &**body, Problem::bug),
        _ => Ok(()),
    }
}

/// With `--strict` nothing may be found.
fn strictly(survey: &Survey) -> Problem {
    let count = survey.findings.len();
    let what = if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") };
    let told = survey.findings.iter().map(|finding| {
        let place = &finding.place;
        format!("{}: {place}: {}", finding.severity.name(), finding.finding)
    });
    Problem::in_words(Class::BadResponse, format!("{what}, and --strict allows none")).causes(told.take(10))
}
