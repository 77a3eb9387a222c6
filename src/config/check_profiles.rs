//! Finds every error in the custom profiles of a config file, and in the profiles that its proxies name.

use serde_json::value::RawValue;

use super::check::Check;
use crate::control::{
    NewToxic, Profile, built_in_profile, check_name, suggestion, unknown_custom_profile_field,
};
use crate::decode::json::{self, Member, Value};
use crate::decode::profile::{PROFILES, take_profile_field};
use crate::decode::unknown_fields;

impl<'a> Check<'a> {
    /// Checks the `profiles` of a file, and remembers them. If the file has several, the last counts.
    pub(super) fn profiles(&mut self, raw: &'a RawValue) {
        self.profiles.clear();
        let members = match json::look(raw) {
            Ok(Value::Null) => return,
            // Names of profiles keep their case.
            Ok(Value::Object(_)) => json::members(raw).unwrap_or_default(),
            _ => return self.tell(raw.get(), "profiles", format!("expected {PROFILES}"), true),
        };
        for (name, raw) in members {
            let path = format!("profiles.{name}");
            if let Some(finding) = check_name(&name) {
                self.tell(raw.get(), &path, finding.message(), finding.fatal);
            } else if name.is_empty() {
                self.tell(raw.get(), &path, "its name is empty; give one", true);
            } else if built_in_profile(&name).is_some() {
                let problem = format!("{name:?} is a built-in profile; choose another name");
                self.tell(raw.get(), &path, problem, true);
            }
            if self.profiles.iter().any(|other| other.name == name) {
                let problem = format!("{name:?} stands above already; the last one counts");
                self.tell(raw.get(), &path, problem, false);
            }
            self.profile(name, &path, raw);
        }
    }

    fn profile(&mut self, name: String, path: &str, raw: &'a RawValue) {
        let mut profile = Profile {
            name,
            ..Profile::default()
        };
        let members = match json::look(raw) {
            Ok(Value::Object(members)) => members,
            Ok(Value::Null) => Vec::new(),
            _ => return self.tell(raw.get(), path, "expected an object: a profile", true),
        };
        let mut is_right = true;
        for (field, raw) in &members {
            let place = format!("{path}.{field}");
            let is_last = last(&members, field).is_some_and(|last| std::ptr::eq(last, *raw));
            match (
                take_profile_field(&mut profile, field, raw),
                json::look(raw),
            ) {
                // This tells every fault of every toxic, and not only the first.
                (read, Ok(Value::List(entries))) if is_last => {
                    is_right &= read.is_ok();
                    self.toxics_of_profile(&place, field, entries);
                }
                (Err(error), _) => {
                    is_right = false;
                    self.tell(raw.get(), &place, error.without_place(), true);
                }
                (Ok(false), _) if !unknown_fields::is_harmless(field) => {
                    let problem = unknown_custom_profile_field(field).message();
                    self.tell(raw.get(), &place, problem, false);
                }
                (Ok(_), _) => {}
            }
        }
        if is_right && profile.toxics_on_proxy().is_empty() {
            let problem = "it has no toxics; give at least one in \"upstream\" or \"downstream\"";
            self.tell(raw.get(), path, problem, true);
        }
        self.profiles.push(profile);
    }

    /// The server makes names and streams of these toxics itself, so that two of the same kind do not clash.
    fn toxics_of_profile(&mut self, path: &str, stream: &str, entries: Vec<&'a RawValue>) {
        for (index, raw) in entries.iter().enumerate() {
            let Ok(Value::Object(members)) = json::look(raw) else {
                continue;
            };
            for (field, value) in members {
                let is_said_twice = match field.as_str() {
                    "name" => true,
                    "stream" => value.get().trim_matches('"') != stream,
                    _ => false,
                };
                if is_said_twice && value.get() != "null" {
                    let problem = "the name and stream of a profile's toxic follow from its place, so this is ignored";
                    self.tell(
                        value.get(),
                        &format!("{path}[{index}].{field}"),
                        problem,
                        false,
                    );
                }
            }
        }
        self.toxics(path, entries, false);
    }

    /// Checks that a proxy's profile exists, and that no toxic of the proxy has the name of another one of the profile.
    pub(super) fn profile_of_proxy(&mut self, raw: &RawValue, place: &str, name: &str) {
        if name.is_empty() {
            return;
        }
        let custom = self.profiles.iter().rfind(|own| own.name == name);
        let Some(profile) = custom.cloned().or_else(|| built_in_profile(name)) else {
            let built_in: Vec<String> = Profile::built_in_names().map(str::to_owned).collect();
            let custom = self.profiles.iter().map(|own| own.name.as_str());
            let known = built_in.iter().map(String::as_str).chain(custom);
            let problem = format!("no profile is named {name:?}; {}", suggestion(name, known));
            return self.tell(raw.get(), place, problem, true);
        };
        let own = profile.toxics_on_proxy();
        for listed in std::mem::take(&mut self.listed) {
            let clash = own.iter().find(|toxic| {
                toxic.name.as_deref() == Some(&listed.name) && !is_like(toxic, &listed.new)
            });
            if clash.is_some() {
                let problem = format!("profile {name:?} has a toxic of that name; give another");
                self.tell(listed.raw.get(), &listed.path, problem, true);
            }
        }
    }
}

/// Whether a toxic of the list takes the place of the profile's.
fn is_like(own: &NewToxic, listed: &NewToxic) -> bool {
    let stream = |toxic: &NewToxic| {
        let stream = toxic.stream.as_deref().unwrap_or("downstream");
        stream.to_ascii_lowercase()
    };
    own.kind == listed.kind && stream(own) == stream(listed)
}

/// The value of a field that counts: the last one that is not null.
fn last<'a>(members: &[Member<'a>], field: &str) -> Option<&'a RawValue> {
    let mut given = members.iter().rev();
    let found = given.find(|(name, value)| name == field && value.get() != "null");
    found.map(|(_, value)| *value)
}
