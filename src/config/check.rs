//! Finds every error in a config file, with its position, for `aconite config check`.
//!
//! Fields are decoded by the functions that decode request bodies. Those stop at the first error; this module
//! continues. It also reports input that the server accepts but that is probably a mistake, such as a
//! misspelt field. May know: `decode`, `control`'s checks. Must not know: axum, sockets.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::fault::Fault;
use super::listed::ListedToxic;
use super::text::{self, Syntax};
use crate::control::{
    Catalogue, MISSING_LISTEN, NewProxy, Profile, check_api_port, check_http, check_listen,
    check_loop, check_name, check_upstream, unknown_field,
};
use crate::decode::JsonPath;
use crate::decode::json::{self, Member, Value};
use crate::decode::proxies::take_proxy_field;
use crate::decode::unknown_fields;

/// Why an entry of a config file cannot belong to a session.
pub(super) const NO_SESSION: &str = "there are no sessions yet when the file is read; leave it out";

/// All faults of a config file, in file order, for a server with the default API address. If there are none,
/// the server accepts the file, provided that the addresses are free.
#[cfg(feature = "internals")]
pub fn check_config(text: &[u8]) -> Vec<Fault> {
    check_config_beside(text, ("localhost", "8474"), &Catalogue::default())
}

/// The same for a server with these kinds of toxic, whose API listens on this host and port.
pub fn check_config_beside(text: &[u8], api: (&str, &str), catalogue: &Catalogue) -> Vec<Fault> {
    let text = match text::decode(text) {
        Ok(text) => text,
        Err(problem) => return vec![Fault::at("", 0, "", problem)],
    };
    let mut check = Check {
        text: &text,
        api,
        catalogue,
        faults: Vec::new(),
        names: HashMap::new(),
        listens: HashMap::new(),
        profiles: Vec::new(),
        listed: Vec::new(),
    };
    match json::first(&text) {
        Ok(raw) => {
            check.file(raw);
            check.rest(raw);
        }
        Err(_) if text.trim_ascii().is_empty() => {
            let problem = "the file is empty; give a JSON array of proxies";
            check.faults.push(Fault::at("", 0, "", problem));
        }
        Err(error) => {
            let Syntax { offset, problem } = text::explain(&text, &error);
            check.faults.push(Fault::at(&text, offset, "", problem));
        }
    }
    check.faults.sort_by_key(|fault| (fault.line, fault.column));
    check.faults
}

pub(super) struct Check<'a> {
    text: &'a str,
    /// The host and the port of the API.
    api: (&'a str, &'a str),
    /// The kinds of toxic that the server knows.
    pub(super) catalogue: &'a Catalogue,
    faults: Vec<Fault>,
    /// Where each proxy name was first used.
    names: HashMap<String, String>,
    /// Where each listen address was first used.
    listens: HashMap<String, String>,
    /// The file's profiles.
    pub(super) profiles: Vec<Profile>,
    /// The toxics of the proxy that is being checked.
    pub(super) listed: Vec<ListedToxic<'a>>,
}

impl<'a> Check<'a> {
    /// Reports a fault at a value. Values are slices of the text, so their addresses in memory give their
    /// offsets.
    pub(super) fn tell(&mut self, at: &str, path: &str, problem: impl Into<String>, fatal: bool) {
        let offset = (at.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        self.faults.push(Fault {
            fatal,
            ..Fault::at(self.text, offset, path, problem)
        });
    }

    fn file(&mut self, raw: &'a RawValue) {
        let expected = "expected a JSON array of proxies, or an object that has it as \"proxies\"";
        match json::look(raw) {
            Ok(Value::List(entries)) => self.proxies("", entries),
            Ok(Value::Object(members)) => {
                if !members.iter().any(|(name, _)| name == "proxies") {
                    self.tell(
                        raw.get(),
                        "",
                        format!("\"proxies\" is missing; {expected}"),
                        true,
                    );
                }
                // Proxies may name profiles that come after them.
                for (name, raw) in &members {
                    if name == "profiles" {
                        self.profiles(raw);
                    }
                }
                for (name, raw) in members {
                    match (name.as_str(), json::look(raw)) {
                        ("profiles", _) => {}
                        ("proxies", Ok(Value::List(entries))) => self.proxies("proxies", entries),
                        ("proxies", Ok(Value::Null)) => {}
                        ("proxies", _) => self.tell(raw.get(), "proxies", expected, true),
                        _ => self.tell(raw.get(), &name, "no such setting; it is ignored", false),
                    }
                }
            }
            Ok(Value::Null) => {}
            _ => self.tell(raw.get(), "", expected, true),
        }
    }

    /// Reports text after the JSON value, which the server ignores.
    fn rest(&mut self, raw: &'a RawValue) {
        let end = (raw.get().as_ptr() as usize + raw.get().len())
            .saturating_sub(self.text.as_ptr() as usize);
        let text = self.text;
        let rest = text.get(end..).unwrap_or_default().trim_ascii_start();
        if !rest.is_empty() {
            self.tell(
                rest,
                "",
                "what follows the JSON value is ignored; remove it",
                false,
            );
        }
    }

    fn proxies(&mut self, base: &str, entries: Vec<&'a RawValue>) {
        for (index, raw) in entries.into_iter().enumerate() {
            let path = format!("{base}[{index}]");
            match json::look(raw) {
                Ok(Value::Object(members)) => self.proxy(&path, raw, &members),
                _ => self.tell(raw.get(), &path, "expected an object: a proxy", true),
            }
        }
    }

    fn proxy(&mut self, path: &str, raw: &'a RawValue, members: &[Member<'a>]) {
        for required in ["name", "upstream"] {
            if !members.iter().any(|(name, _)| name == required) {
                let problem = format!("{required:?} is missing; every proxy needs one");
                self.tell(raw.get(), path, problem, true);
            }
        }
        self.listed.clear();
        let mut new = NewProxy::default();
        for (name, raw) in members {
            let place = format!("{path}.{name}");
            match take_proxy_field(&mut new, JsonPath::default(), name, raw) {
                Err(error) => self.tell(raw.get(), &place, error.without_place(), true),
                Ok(true) => {}
                Ok(false) if name == "toxics" => match json::look(raw) {
                    Ok(Value::List(toxics)) => self.toxics(&place, toxics, true),
                    Ok(Value::Null) => {}
                    _ => self.tell(raw.get(), &place, "expected an array of toxics", true),
                },
                Ok(false) if !unknown_fields::is_harmless(name) => {
                    self.tell(raw.get(), &place, unknown_field(name).message(), false);
                }
                Ok(false) => {}
            }
        }
        self.values_of_proxy(path, raw, members, &new);
    }

    /// Checks the values of a proxy's fields. If a field is repeated, the last one that is not null counts.
    fn values_of_proxy(
        &mut self,
        path: &str,
        raw: &'a RawValue,
        members: &[Member<'a>],
        new: &NewProxy,
    ) {
        let last = |field: &str, with_null: bool| {
            let mut given = members.iter().rev();
            let counts = |value: &RawValue| with_null || value.get() != "null";
            let found = given.find(|(name, value)| name == field && counts(value));
            found.map(|(_, value)| *value)
        };
        let listens = new.enabled != Some(false);
        let no_listen = last("listen", false).is_none() || new.listen.as_deref() == Some("");
        if listens && no_listen {
            self.tell(raw.get(), &format!("{path}.listen"), MISSING_LISTEN, false);
            if let Some(fault) = self.faults.last_mut() {
                fault.grave = true;
            }
        }
        for field in ["name", "listen", "upstream"] {
            let place = format!("{path}.{field}");
            match (last(field, false), last(field, true)) {
                (Some(raw), _) => {
                    if let Ok(Value::Text(text)) = json::look(raw) {
                        self.text_of_proxy(field, &text, (raw, &place), listens);
                    }
                }
                (None, Some(raw)) if field != "listen" => {
                    let problem = "null counts as missing; give a string";
                    self.tell(raw.get(), &place, problem, true);
                }
                _ => {}
            }
        }
        if let (Some(raw), Some(name)) = (last("profile", false), &new.profile) {
            self.profile_of_proxy(raw, &format!("{path}.profile"), name);
        }
        if let Some(raw) = last("session", false).filter(|_| new.session.is_some()) {
            self.tell(raw.get(), &format!("{path}.session"), NO_SESSION, true);
        }
        let upstream = new.upstream.as_deref().unwrap_or_default();
        if let Some(found) = check_http(upstream, new.http.as_ref())
            && let Some(raw) = last("http", false)
        {
            self.tell(raw.get(), &format!("{path}.http"), found.message(), true);
        }
        let both = new.listen.as_ref().zip(new.upstream.as_ref());
        if let Some(found) = both.and_then(|(listen, upstream)| check_loop(listen, upstream)) {
            let place = format!("{path}.upstream");
            self.tell(raw.get(), &place, found.message(), false);
        }
    }

    /// `listens` says whether the proxy is enabled. The server does not check the listen address of a
    /// disabled proxy.
    fn text_of_proxy(
        &mut self,
        name: &str,
        text: &str,
        (raw, place): (&RawValue, &str),
        listens: bool,
    ) {
        let finding = match name {
            "name" => check_name(text),
            "listen" => check_listen(text),
            "upstream" if !text.is_empty() => check_upstream(text),
            _ => None,
        };
        if let Some(finding) = finding {
            let fatal = finding.fatal && (listens || name != "listen");
            return self.tell(raw.get(), place, finding.at("").1, fatal);
        }
        if text.is_empty() && name != "listen" {
            return self.tell(raw.get(), place, "it is empty; give one", true);
        }
        if name == "listen"
            && listens
            && let Some(finding) = check_api_port(text, self.api)
        {
            let remedy = "give the proxy another, or the server another -port";
            let problem = format!("{}; {remedy}", finding.message());
            self.tell(raw.get(), place, problem, finding.fatal);
        }
        let seen = match name {
            "name" => &mut self.names,
            "listen" if listens && !text.is_empty() && !text.ends_with(":0") => &mut self.listens,
            _ => return,
        };
        if let Some(first) = seen.get(text) {
            let problem = format!("{text:?} stands at {first} already; give each proxy its own");
            self.tell(raw.get(), place, problem, true);
        } else {
            seen.insert(text.to_owned(), place.to_owned());
        }
    }
}
