//! The toxics, proxies and outages of a run: all are made in one session, whose end undoes them.
//!
//! What each toxic has touched is read while the command runs, and not only at its end: the server
//! forgets a toxic a minute after its time is over, and anybody may remove one.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::report::ToxicReport;
use crate::args::client::{NewToxic, Run, RunProxy, ToxicOptions};
use crate::cli::api::client::{ApiClient, Body, Verb};
use crate::cli::api::response;
use crate::cli::commands::attributes;
use crate::cli::commands::toxic_body::new_toxic;
use crate::cli::error::{CommandError, RequestError};
use crate::util::duration;
use crate::wire::{NewProxy, NewSession, Proxy, ProxyChange, Span, Stats, Toxic};

/// How long the session lives after the last renewal.
const TTL: Duration = Duration::from_secs(10);
/// How often it is renewed: two renewals in a row may fail.
pub(crate) const RENEW_EVERY: Duration = Duration::from_secs(3);
/// How long a request may take. Signals wait for it, and the session's time runs on.
const REQUEST_LIMIT: Duration = Duration::from_secs(5);
/// How late the server may remove a toxic whose time is over.
const SLACK: Duration = Duration::from_secs(1);
/// How many names are tried for a toxic.
const MOST_NAMES: usize = 1000;

/// A session on the server, and the toxics in it.
pub(crate) struct RunSession<'a> {
    api: &'a ApiClient,
    name: String,
    toxics: Vec<AddedToxic>,
    /// The variables that tell the command where its proxies listen.
    variables: Vec<(String, String)>,
    /// Whether the last renewal failed, which was said already.
    is_lost: bool,
}

/// A toxic on the server, and what it was last seen to have touched.
struct AddedToxic {
    stats_path: String,
    /// When its time is over, so that it touches nothing more. `None`: never.
    ends_at: Option<Instant>,
    /// Whether its statistics were read after that.
    is_final: bool,
    report: ToxicReport,
}

impl<'a> RunSession<'a> {
    /// Starts a session and makes everything in it that the run needs or, on an error, nothing.
    pub(crate) fn start(api: &'a ApiClient, wanted: &Run) -> Result<Self, CommandError> {
        let name = format!("run-{}-{:08x}", std::process::id(), rand::random::<u32>());
        let body = Body::of(&NewSession {
            name: Some(name.clone()),
            ttl: Some(Span(TTL)),
        });
        let started = api.send_within(REQUEST_LIMIT, Verb::Post, "/sessions", Some(body));
        started.map_err(no_session)?;
        let mut session = RunSession {
            api,
            name,
            toxics: Vec::new(),
            variables: Vec::new(),
            is_lost: false,
        };
        if let Err(error) = session.make(wanted) {
            session.end_on_server();
            return Err(error);
        }
        Ok(session)
    }

    fn make(&mut self, wanted: &Run) -> Result<(), CommandError> {
        for proxy in &wanted.proxies {
            let address = self.create(proxy).map_err(|error| {
                error.in_doing(format!("failed to create proxy {}: ", proxy.name))
            })?;
            self.variables.push((variable(&proxy.name), address));
        }
        for (proxy, new) in &wanted.toxics {
            self.add(proxy, new)?;
        }
        for proxy in &wanted.down {
            let path = self.api.path(&["proxies", proxy]);
            let change = ProxyChange {
                enabled: Some(false),
                session: Some(self.name.clone()),
                ..ProxyChange::default()
            };
            let disabled = self.post::<Proxy>(&path, Body::of(&change));
            disabled
                .map_err(|error| error.in_doing(format!("failed to disable proxy {proxy}: ")))?;
        }
        Ok(())
    }

    fn post<T: DeserializeOwned>(&self, path: &str, body: Body) -> Result<T, RequestError> {
        let limit = REQUEST_LIMIT;
        let answer = self.api.send_within(limit, Verb::Post, path, Some(body))?;
        response::typed(&answer)
    }

    /// Creates a proxy in the session. Returns where it listens.
    fn create(&self, proxy: &RunProxy) -> Result<String, RequestError> {
        let new = NewProxy {
            name: proxy.name.clone(),
            listen: proxy.listen.clone(),
            upstream: proxy.upstream.clone(),
            session: Some(self.name.clone()),
            ..NewProxy::default()
        };
        let created: Proxy = self.post("/proxies", Body::of(&new))?;
        Ok(created.listen)
    }

    /// The variables that tell the command where its proxies listen.
    pub(crate) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    fn add(&mut self, proxy: &str, new: &NewToxic) -> Result<(), CommandError> {
        let kind = &new.kind;
        let added = self.add_named(proxy, new).map_err(|error| {
            let hint = match &error {
                RequestError::Refused { status: 409, .. } => Some(
                    "There is a toxic of that name already: leave name= out, or choose another."
                        .to_owned(),
                ),
                error => attributes::kind_hint(error, [kind.as_str()]),
            };
            let doing = format!("failed to add toxic {kind} to proxy {proxy}: ");
            error.in_doing(doing).with_hint(hint)
        })?;
        let parts = ["proxies", proxy, "toxics", &added.name, "stats"];
        self.toxics.push(AddedToxic {
            stats_path: self.api.path(&parts),
            ends_at: ends_at(&new.options),
            is_final: false,
            report: ToxicReport::new(proxy, &added),
        });
        Ok(())
    }

    /// Adds a toxic under the given name, or under one that is free. Random choices depend on the
    /// name, so it is the same in every run, unless another run uses it at this moment.
    fn add_named(&self, proxy: &str, new: &NewToxic) -> Result<Toxic, RequestError> {
        let path = self.api.path(&["proxies", proxy, "toxics"]);
        let mut new = new.clone();
        new.options.session = Some(self.name.clone());
        let is_named = new.name.is_some();
        let default = format!("run-{}_{}", new.kind, new.stream.name());
        let mut count = 1;
        loop {
            if !is_named {
                new.name = Some(match count {
                    1 => default.clone(),
                    count => format!("{default}-{count}"),
                });
            }
            match self.post(&path, Body::of(&new_toxic(&new))) {
                Err(RequestError::Refused { status: 409, .. })
                    if !is_named && count < MOST_NAMES =>
                {
                    count += 1;
                }
                added => return added,
            }
        }
    }

    /// Renews the session, and reads what the toxics have touched. If it cannot be renewed, that is
    /// printed once; the command runs on, since it has nothing to do with it.
    pub(crate) fn renew(&mut self) {
        let path = self.api.path(&["sessions", &self.name, "renew"]);
        let renewed = self.api.send_within(REQUEST_LIMIT, Verb::Post, &path, None);
        match renewed {
            Ok(_) => {
                self.is_lost = false;
                self.read_stats();
            }
            Err(error) if !self.is_lost => {
                self.is_lost = true;
                warn(&format!(
                    "the session cannot be renewed, so its toxics are gone or will be soon; the command runs on ({})",
                    error.plain()
                ));
            }
            Err(_) => {}
        }
    }

    /// Ends the session and with it the toxics. Returns its name and what they touched.
    pub(crate) fn end(mut self) -> (String, Vec<ToxicReport>) {
        self.read_stats();
        self.end_on_server();
        let reports = self.toxics.into_iter().map(|toxic| toxic.report);
        (self.name, reports.collect())
    }

    fn read_stats(&mut self) {
        for toxic in &mut self.toxics {
            toxic.report.is_complete = toxic.is_final;
        }
        for toxic in &mut self.toxics {
            let now = Instant::now();
            let path = &toxic.stats_path;
            let answer = self.api.send_within(REQUEST_LIMIT, Verb::Get, path, None);
            let stats = answer.and_then(|answer| Ok((response::typed(&answer)?, answer)));
            match stats {
                Ok((stats, answer)) if is_in(&stats, &self.name) => {
                    toxic.report.stats = Some((stats, answer));
                    toxic.report.is_complete = true;
                    toxic.is_final = toxic.ends_at.is_some_and(|ends_at| now > ends_at);
                }
                // It was removed, and another run's toxic has its name now.
                Ok(_) => {}
                // Each further request would wait in vain, too.
                Err(RequestError::NoAnswer { .. }) => return,
                // It was removed; the statistics that were read last are kept.
                Err(_) => {}
            }
        }
    }

    fn end_on_server(&self) {
        let path = self.api.path(&["sessions", &self.name]);
        let ended = self
            .api
            .send_within(REQUEST_LIMIT, Verb::Delete, &path, None);
        match ended {
            // With a 404 it has ended by itself.
            Ok(Value::Null) | Err(RequestError::Refused { status: 404, .. }) => {}
            Ok(other) => warn(&format!("unexpected answer to the session's end: {other}")),
            Err(error) => warn(&format!(
                "the session cannot be ended; its toxics are removed within {} ({})",
                duration::text(TTL),
                error.plain()
            )),
        }
    }
}

/// The variable that tells the command where a proxy listens.
fn variable(name: &str) -> String {
    let letter = |c: char| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_uppercase(),
        false => '_',
    };
    let name: String = name.chars().map(letter).collect();
    format!("ACONITE_{name}_ADDRESS")
}

/// When the time of a toxic that is added now is over.
fn ends_at(options: &ToxicOptions) -> Option<Instant> {
    let duration = options.duration.filter(|_| options.every.is_none())?;
    let starts_after = options.start_after.unwrap_or_default();
    let left = duration.checked_add(starts_after)?.checked_add(SLACK)?;
    Instant::now().checked_add(left)
}

/// Whether statistics are those of a toxic in this session.
fn is_in(stats: &Stats, session: &str) -> bool {
    stats.session.as_deref() == Some(session)
}

/// Why a session cannot be started.
fn no_session(error: RequestError) -> CommandError {
    let is_toxiproxy = matches!(error, RequestError::Foreign { status: 404, .. });
    let hint = is_toxiproxy.then(|| {
        "Is it aconite's server? Toxiproxy has no sessions, which `aconite run` needs.".to_owned()
    });
    error
        .in_doing("failed to start a session: ")
        .with_hint(hint)
}

/// Prints a warning while the command runs. Standard error may be closed, which is no reason to fail.
fn warn(text: &str) {
    let _ = writeln!(io::stderr(), "aconite run: {text}");
}
