//! Every fault of a config file, with its place, for `aconite config check`.
//!
//! Unlike `read`, which stops at the first fault, this goes on; and it also tells of what the server
//! takes but the author can hardly have meant, such as a misspelt field. May know: `json`, `read`,
//! `control`'s checks. Must not know: axum, sockets.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::fault::Fault;
use super::members::{is_disabled, text_of};
use super::text::{self, Syntax};
use crate::control::{
    Catalogue, Finding, MISSING_LISTEN, OWN_FIELDS, PROXY_FIELDS, check_api_port, check_listen,
    check_loop, check_name, check_toxic, check_upstream, unknown_field, unknown_toxic_field,
};
use crate::decode::JsonPath;
use crate::decode::fields::seed;
use crate::decode::json::{self, Member, Value};
use crate::decode::proxies::new_toxic;
use crate::decode::{toxic_options, unknown_fields};

/// Why a config file cannot name a session.
const NO_SESSION: &str = "there are no sessions yet when the file is read; leave it out";

/// All faults of a config file, in the order of the file, for a server whose API is where nobody said
/// otherwise. None: the server takes it, provided that the addresses are free.
pub fn check_config(text: &[u8]) -> Vec<Fault> {
    check_config_beside(text, ("localhost", "8474"), &Catalogue::default())
}

/// The same for a server with these kinds of toxic whose API listens on this host and port.
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

struct Check<'a> {
    text: &'a str,
    /// The host and the port of the API.
    api: (&'a str, &'a str),
    /// The kinds of toxic that there are.
    catalogue: &'a Catalogue,
    faults: Vec<Fault>,
    /// Where each proxy name was seen first.
    names: HashMap<String, String>,
    /// Where each listen address was seen first.
    listens: HashMap<String, String>,
}

impl<'a> Check<'a> {
    /// Tells of a fault at a value. Values are parts of the text, so where they are in memory says
    /// where they stand in it.
    fn tell(&mut self, at: &str, path: &str, problem: impl Into<String>, fatal: bool) {
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
                for (name, raw) in members {
                    match (name.as_str(), json::look(raw)) {
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

    /// What follows the value is not looked at by the server.
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
                Ok(Value::Object(members)) => {
                    self.proxy(&path, raw, &members);
                    self.leads_back(&path, raw, &members);
                }
                _ => self.tell(raw.get(), &path, "expected an object: a proxy", true),
            }
        }
    }

    /// Tells of a proxy that is its own upstream.
    fn leads_back(&mut self, path: &str, raw: &'a RawValue, members: &[Member<'a>]) {
        let both = text_of(members, "listen").zip(text_of(members, "upstream"));
        if let Some(found) = both.and_then(|(listen, upstream)| check_loop(&listen, &upstream)) {
            self.tell(
                raw.get(),
                &format!("{path}.upstream"),
                found.message(),
                false,
            );
        }
    }

    fn proxy(&mut self, path: &str, raw: &'a RawValue, members: &[Member<'a>]) {
        for required in ["name", "upstream"] {
            if !members.iter().any(|(name, _)| name == required) {
                let problem = format!("{required:?} is missing; every proxy needs one");
                self.tell(raw.get(), path, problem, true);
            }
        }
        let listens = !is_disabled(members);
        if listens && text_of(members, "listen").is_none_or(|listen| listen.is_empty()) {
            self.tell(raw.get(), &format!("{path}.listen"), MISSING_LISTEN, false);
            if let Some(fault) = self.faults.last_mut() {
                fault.grave = true;
            }
        }
        for (index, (name, raw)) in members.iter().enumerate() {
            let place = format!("{path}.{name}");
            // Of a field that is there twice, the last counts, and null never does.
            let overruled = members.iter().enumerate().any(|(other, (same, value))| {
                same == name && value.get() != "null" && (other > index || raw.get() == "null")
            });
            match (name.as_str(), json::look(raw)) {
                ("name" | "listen" | "upstream", Ok(Value::Text(_) | Value::Null)) if overruled => {
                }
                ("name" | "listen" | "upstream", Ok(Value::Text(text))) => {
                    self.text_of_proxy(name, &text, (raw, &place), listens);
                }
                ("name" | "upstream", Ok(Value::Null)) => {
                    let problem = "null counts as missing; give a string";
                    self.tell(raw.get(), &place, problem, true);
                }
                ("name" | "listen" | "upstream", Ok(value)) if !matches!(value, Value::Null) => {
                    self.tell(raw.get(), &place, "expected a string", true);
                }
                ("enabled", Ok(value)) if !matches!(value, Value::Null | Value::Bool(_)) => {
                    self.tell(raw.get(), &place, "expected true or false", true);
                }
                ("seed", _) => {
                    if let Err(error) = seed(JsonPath::default().field("seed"), raw) {
                        self.tell(raw.get(), &place, error.to_string(), true);
                    }
                }
                ("session", Ok(value)) if !matches!(value, Value::Null) => {
                    self.tell(raw.get(), &place, NO_SESSION, true);
                }
                ("toxics", Ok(Value::List(toxics))) => self.toxics(&place, toxics),
                ("toxics", Ok(value)) if !matches!(value, Value::Null) => {
                    self.tell(raw.get(), &place, "expected an array of toxics", true);
                }
                (name, _)
                    if !PROXY_FIELDS.contains(&name) && !unknown_fields::is_harmless(name) =>
                {
                    self.tell(raw.get(), &place, unknown_field(name).message(), false);
                }
                _ => {}
            }
        }
    }

    /// `listens` says whether the proxy does: the server looks at no address where none does.
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
            return self.tell(raw.get(), place, finding.message(), fatal);
        }
        if text.is_empty() && name != "listen" {
            return self.tell(raw.get(), place, "it is empty; give one", true);
        }
        if name == "listen"
            && listens
            && let Some(finding) = check_api_port(text, self.api)
        {
            self.tell(raw.get(), place, finding.message(), finding.fatal);
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

    fn toxics(&mut self, base: &str, entries: Vec<&'a RawValue>) {
        let mut names: HashMap<String, String> = HashMap::new();
        for (index, raw) in entries.into_iter().enumerate() {
            let path = format!("{base}[{index}]");
            let Ok(Value::Object(members)) = json::look(raw) else {
                self.tell(raw.get(), &path, "expected an object: a toxic", true);
                continue;
            };
            let kind = text_of(&members, "type").unwrap_or_default();
            for (name, raw) in &members {
                let known = OWN_FIELDS.contains(&name.as_str()) || toxic_options::is_known(name);
                if !known && !unknown_fields::is_harmless(name) {
                    let problem = unknown_toxic_field(name, &kind, self.catalogue).message();
                    self.tell(raw.get(), &format!("{path}.{name}"), problem, false);
                }
            }
            match new_toxic(raw.get().as_bytes()) {
                Ok(new) => {
                    let session = new.extras.session.as_ref();
                    let in_session = session.map(|_| Finding::fatal("session", NO_SESSION));
                    for finding in in_session
                        .into_iter()
                        .chain(check_toxic(&new, self.catalogue))
                    {
                        self.finding(&path, raw, &members, finding);
                    }
                    let stream = new.stream.as_deref().unwrap_or("downstream");
                    let default = || format!("{}_{stream}", new.kind);
                    let name = new
                        .name
                        .filter(|name| !name.is_empty())
                        .unwrap_or_else(default);
                    if let Some(first) = names.get(&name) {
                        let problem =
                            format!("{name:?} is the name of {first} already; give another");
                        self.tell(raw.get(), &path, problem, true);
                    } else {
                        names.insert(name, path);
                    }
                }
                Err(error) => self.tell(raw.get(), &path, error.to_string(), true),
            }
        }
    }

    /// Tells of a finding at the field it is about, or at the toxic if that field is not there.
    fn finding(&mut self, path: &str, raw: &RawValue, members: &[Member<'a>], finding: Finding) {
        let (outer, inner) = match finding.field.split_once('.') {
            Some((outer, inner)) => (outer, Some(inner)),
            None => (finding.field.as_str(), None),
        };
        let mut at = raw;
        if let Some((_, value)) = members.iter().rfind(|(name, _)| name == outer) {
            at = value;
            if let (Some(inner), Ok(Value::Object(attributes))) = (inner, json::look(value))
                && let Some((_, value)) = attributes.iter().rfind(|(name, _)| name == inner)
            {
                at = value;
            }
        }
        let path = match finding.field.as_str() {
            "" => path.to_owned(),
            field => format!("{path}.{field}"),
        };
        self.tell(at.get(), &path, finding.message(), finding.fatal);
    }
}
