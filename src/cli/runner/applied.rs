//! Toxics that are on for the while: in a session, which is what removes them.
//!
//! What each has touched is looked at now and then, and not only in the end: a toxic that has had
//! its time is forgotten a minute later, and anybody may remove one.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Api;
use super::report::Touched;
use crate::args::client::{NewToxic, Run, RunProxy, ToxicOptions};
use crate::cli::api::Verb;
use crate::cli::failure::{Failure, Problem};
use crate::cli::output::plainly;
use crate::cli::toxics;
use crate::cli::view::{self, Proxy, Toxic};
use crate::util::duration;

/// How long the session lives without us.
const TTL: Duration = Duration::from_secs(10);
/// How often it is renewed: two of these may go wrong.
pub(super) const RENEW_EVERY: Duration = Duration::from_secs(3);
/// How long a request may take. Signals wait meanwhile, and the session's life goes on.
const LIMIT: Duration = Duration::from_secs(5);
/// How late a toxic that has had its time may go.
const SLACK: Duration = Duration::from_secs(1);
/// How many names are tried for a toxic.
const NAMES: usize = 1000;

/// A session with toxics in it.
pub(super) struct Applied<'a> {
    api: &'a Api,
    session: String,
    toxics: Vec<Placed>,
    /// What the command is told of the proxies.
    variables: Vec<(String, String)>,
    /// Whether the session can no longer be renewed, and that was said.
    lost: bool,
}

/// A toxic in its place, and what it was last seen to have touched.
struct Placed {
    path: String,
    /// From when on it has had its time, and touches nothing more. `None`: it is there for good.
    over: Option<Instant>,
    /// Whether it has been looked at since.
    is_final: bool,
    touched: Touched,
}

impl<'a> Applied<'a> {
    /// Starts a session and makes all in it that is wanted or, with an error, nothing.
    pub(super) fn start(api: &'a Api, wanted: &Run) -> Result<Self, Problem> {
        let name = format!("run-{}-{:08x}", std::process::id(), rand::random::<u32>());
        let body = json!({ "name": name, "ttl": duration::text(TTL) });
        let started = api.send_within(LIMIT, Verb::Post, "/sessions", Some(&body));
        started.map_err(no_session)?;
        let mut applied = Applied {
            api,
            session: name,
            toxics: Vec::new(),
            variables: Vec::new(),
            lost: false,
        };
        if let Err(problem) = applied.make(wanted) {
            applied.end_session();
            return Err(problem);
        }
        Ok(applied)
    }

    fn make(&mut self, wanted: &Run) -> Result<(), Problem> {
        for proxy in &wanted.proxies {
            let address = self.create(proxy);
            let doing = || format!("failed to create proxy {}: ", proxy.name);
            let address = address.map_err(|failure| failure.in_doing(doing()))?;
            self.variables.push((variable(&proxy.name), address));
        }
        for (proxy, new) in &wanted.toxics {
            self.add(proxy, new)?;
        }
        for proxy in &wanted.down {
            let path = self.api.path(&["proxies", proxy]);
            let body = json!({ "enabled": false, "session": self.session });
            let done = self.api.send_within(LIMIT, Verb::Post, &path, Some(&body));
            done.map_err(|failure| failure.in_doing(format!("failed to disable proxy {proxy}: ")))?;
        }
        Ok(())
    }

    /// Makes a proxy that goes with the session. Returns where it listens.
    fn create(&self, proxy: &RunProxy) -> Result<String, Failure> {
        let body = json!({
            "name": proxy.name,
            "listen": proxy.listen,
            "upstream": proxy.upstream,
            "session": self.session,
        });
        let answer = self
            .api
            .send_within(LIMIT, Verb::Post, "/proxies", Some(&body))?;
        Ok(view::read::<Proxy>(&answer)?.listen)
    }

    /// What the command is told of the proxies.
    pub(super) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    fn add(&mut self, proxy: &str, new: &NewToxic) -> Result<(), Problem> {
        let kind = &new.kind;
        let doing = || format!("failed to add toxic {kind} to proxy {proxy}: ");
        let added = self.try_names(proxy, new).map_err(|failure| {
            let hint = match &failure {
                Failure::Refused { status: 409, .. } => Some(
                    "There is a toxic of that name already: leave name= out, or give another."
                        .to_owned(),
                ),
                failure => toxics::kind_hint(failure, [kind.as_str()]),
            };
            failure.in_doing(doing()).with_hint(hint)
        })?;
        let path = self.api.path(&["proxies", proxy, "toxics", &added.name]);
        self.toxics.push(Placed {
            path: format!("{path}/stats"),
            over: over(&new.extras),
            is_final: false,
            touched: Touched::new(proxy, &added),
        });
        Ok(())
    }

    /// Adds a toxic under the name that was given, or under one that is free. Random choices depend
    /// on the name, so it is the same each time, unless another run has it now.
    fn try_names(&self, proxy: &str, new: &NewToxic) -> Result<Toxic, Failure> {
        let path = self.api.path(&["proxies", proxy, "toxics"]);
        let mut new = new.clone();
        new.extras.session = Some(self.session.clone());
        let given = new.name.is_some();
        let usual = format!("run-{}_{}", new.kind, new.stream.name());
        let mut count = 1;
        loop {
            if !given && count == 1 {
                new.name = Some(usual.clone());
            } else if !given {
                new.name = Some(format!("{usual}-{count}"));
            }
            let body = toxics::body(&new);
            match self.api.send_within(LIMIT, Verb::Post, &path, Some(&body)) {
                Err(Failure::Refused { status: 409, .. }) if !given && count < NAMES => count += 1,
                answer => return view::read(&answer?),
            }
        }
    }

    /// Lets the session live on, and looks at what the toxics have touched. If it cannot be renewed,
    /// that is said once: the command has nothing to do with it, and runs on.
    pub(super) fn renew(&mut self) {
        let path = self.api.path(&["sessions", &self.session, "renew"]);
        let renewed = self.api.send_within(LIMIT, Verb::Post, &path, None);
        match renewed {
            Ok(_) => {
                self.lost = false;
                self.look();
            }
            Err(failure) if !self.lost => {
                self.lost = true;
                warn(&format!(
                    "the session cannot be renewed, so that its toxics go or are gone already; the command runs on ({})",
                    plainly(&failure)
                ));
            }
            Err(_) => {}
        }
    }

    /// Ends the session and with it the toxics. Returns its name and what they touched.
    pub(super) fn end(mut self) -> (String, Vec<Touched>) {
        self.look();
        self.end_session();
        let touched = self.toxics.into_iter().map(|placed| placed.touched);
        (self.session, touched.collect())
    }

    fn look(&mut self) {
        for placed in &mut self.toxics {
            placed.touched.is_whole = placed.is_final;
        }
        for placed in &mut self.toxics {
            let now = Instant::now();
            match self.api.send_within(LIMIT, Verb::Get, &placed.path, None) {
                Ok(stats) if is_of(&stats, &self.session) => {
                    placed.touched.stats = Some(stats);
                    placed.touched.is_whole = true;
                    placed.is_final = placed.over.is_some_and(|over| now > over);
                }
                // It is gone, and its name is another run's now.
                Ok(_) => {}
                // The others need not be waited for, too.
                Err(Failure::NoAnswer { .. }) => return,
                // It is gone; what was seen last is kept.
                Err(_) => {}
            }
        }
    }

    fn end_session(&self) {
        let path = self.api.path(&["sessions", &self.session]);
        let ended = self.api.send_within(LIMIT, Verb::Delete, &path, None);
        match ended {
            // It was over already.
            Ok(Value::Null) | Err(Failure::Refused { status: 404, .. }) => {}
            Ok(other) => warn(&format!("the session's end was answered with {other}")),
            Err(failure) => warn(&format!(
                "the session cannot be ended; its toxics go by themselves within {TTL:?} ({})",
                plainly(&failure)
            )),
        }
    }
}

/// The variable that tells the command where a proxy listens.
pub(super) fn variable(name: &str) -> String {
    let letter = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    format!(
        "ACONITE_{}_ADDRESS",
        name.chars().map(letter).collect::<String>()
    )
}

/// When a toxic that is added now has had its time.
fn over(extras: &ToxicOptions) -> Option<Instant> {
    let duration = extras.duration.filter(|_| extras.every.is_none())?;
    let waits = extras.start_after.unwrap_or_default();
    let left = duration.checked_add(waits)?.checked_add(SLACK)?;
    Instant::now().checked_add(left)
}

/// Whether a toxic's stats are those of one in this session.
fn is_of(stats: &Value, session: &str) -> bool {
    stats.get("session").and_then(Value::as_str) == Some(session)
}

/// Why there is no session.
fn no_session(failure: Failure) -> Problem {
    let is_lacking = matches!(failure, Failure::Foreign { status: 404, .. });
    let hint = is_lacking.then(|| {
        "Is it aconite's server? Toxiproxy has no sessions, which `aconite run` needs.".to_owned()
    });
    failure
        .in_doing("failed to start a session: ")
        .with_hint(hint)
}

/// Says something while the command runs. Nobody may be listening, which is no reason to fail.
fn warn(text: &str) {
    let _ = writeln!(io::stderr(), "aconite run: {text}");
}
