//! The toxics, proxies and outages of a run: all are made in one session, whose end undoes them.
//!
//! The toxics' statistics are read while the command runs, not only when it ends. The server
//! forgets a toxic one minute after it expires, and any client may remove one.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::report::ToxicReport;
use crate::args::client::{Dialect, NewToxic, Run, RunProxy, Stream, ToxicOptions};
use crate::cli::api::client::{ApiClient, Body, Verb};
use crate::cli::api::response;
use crate::cli::commands::attributes;
use crate::cli::commands::toxic_add::partner;
use crate::cli::commands::toxic_body::new_toxic;
use crate::cli::error::{CommandError, RequestError};
use crate::util::duration;
use crate::wire::{self, NewProxy, NewSession, Proxy, ProxyChange, Span, Stats, Toxic};

mod put_on;

/// How long the session lives after its last renewal.
const TTL: Duration = Duration::from_secs(10);
/// The interval between renewals, short enough that two renewals in a row may fail.
pub(crate) const RENEW_EVERY: Duration = Duration::from_secs(3);
/// The time limit of a request. Signals are handled only after it, and the session's time to live
/// keeps running.
const REQUEST_LIMIT: Duration = Duration::from_secs(5);
/// How late the server may remove an expired toxic.
const SLACK: Duration = Duration::from_secs(1);
/// How many names are tried before adding a toxic fails.
const MOST_NAMES: usize = 1000;

/// A session on the server, and the toxics in it.
pub(crate) struct RunSession<'a> {
    api: &'a ApiClient,
    name: String,
    toxics: Vec<AddedToxic>,
    /// The variables that tell the command where its proxies listen.
    variables: Vec<(String, String)>,
    /// Whether the last renewal failed; the warning has then already been printed.
    is_lost: bool,
}

/// A toxic on the server, with the last statistics that were read of it.
struct AddedToxic {
    stats_path: String,
    /// When it expires and touches nothing more. `None`: never.
    ends_at: Option<Instant>,
    /// Whether its statistics were read after it expired.
    is_final: bool,
    report: ToxicReport,
}

impl<'a> RunSession<'a> {
    /// Starts a session and makes everything that the run needs in it. On an error, nothing is left
    /// behind.
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
        for (proxy, name) in &wanted.profiles {
            self.put_on(proxy, name, wanted.duration)?;
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

    fn remember(&mut self, proxy: &str, toxic: &Toxic, ends_at: Option<Instant>) {
        let parts = ["proxies", proxy, "toxics", &toxic.name, "stats"];
        self.toxics.push(AddedToxic {
            stats_path: self.api.path(&parts),
            ends_at,
            is_final: false,
            report: ToxicReport::new(proxy, toxic),
        });
    }

    fn add(&mut self, proxy: &str, new: &NewToxic) -> Result<(), CommandError> {
        let kind = &new.kind;
        let mut body = new_toxic(Dialect::Aconite, new)?;
        body.options.session = Some(self.name.clone());
        let added = self.add_named(proxy, body).map_err(|error| {
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
        for added in partner(&added).into_iter().chain([added]) {
            self.remember(proxy, &added, ends_at(&new.options));
        }
        Ok(())
    }

    /// Adds a toxic under the given name, or under a free one. Random draws depend on the name, so
    /// the name is the same in every run unless a concurrent run uses it.
    fn add_named(&self, proxy: &str, mut new: wire::NewToxic) -> Result<Toxic, RequestError> {
        let path = self.api.path(&["proxies", proxy, "toxics"]);
        let is_named = new.name.is_some();
        let default = match new.stream == Stream::Both.name() {
            // The server adds the streams' names.
            true => format!("run-{}", new.kind),
            false => format!("run-{}_{}", new.kind, new.stream),
        };
        let mut count = 1;
        loop {
            if !is_named {
                new.name = Some(match count {
                    1 => default.clone(),
                    count => format!("{default}-{count}"),
                });
            }
            match self.post(&path, Body::of(&new)) {
                Err(RequestError::Refused { status: 409, .. })
                    if !is_named && count < MOST_NAMES =>
                {
                    count += 1;
                }
                added => return added,
            }
        }
    }

    /// Renews the session, and reads the toxics' statistics. A failed renewal is printed once. The
    /// command keeps running, since it does not depend on the session.
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

    /// Ends the session and removes its toxics. Returns its name and its toxics with their
    /// statistics.
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
                // The toxic was removed, and another run has reused its name.
                Ok(_) => {}
                // Every further request would time out too.
                Err(RequestError::NoAnswer { .. }) => return,
                // The toxic was removed; the last statistics are kept.
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
            // A 404 means that the session has already expired.
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

/// When a toxic that is added now expires.
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
