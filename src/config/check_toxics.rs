//! Finds every error in the toxics of a proxy in a config file.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::check::{Check, NO_SESSION};
use super::listed::ListedToxic;
use crate::control::{Finding, NewToxic, check_toxic, unknown_toxic_field};
use crate::decode::JsonPath;
use crate::decode::json::{self, Member, Value};
use crate::decode::proxies::ToxicFields;
use crate::decode::unknown_fields;

impl<'a> Check<'a> {
    /// Checks toxics. Names of `are_named` ones must differ, and are remembered.
    pub(super) fn toxics(&mut self, base: &str, entries: Vec<&'a RawValue>, are_named: bool) {
        self.listed.clear();
        let mut names: HashMap<String, String> = HashMap::new();
        for (index, raw) in entries.into_iter().enumerate() {
            let path = format!("{base}[{index}]");
            let Ok(Value::Object(members)) = json::look(raw) else {
                self.tell(raw.get(), &path, "expected an object: a toxic", true);
                continue;
            };
            let (fields, wrong) = self.fields_of_toxic(&path, &members);
            match fields.finish(JsonPath::default()) {
                Ok(new) => {
                    self.values_of_toxic((&path, raw), &members, &wrong, &new);
                    let is_wrong = |part: &str| wrong.iter().any(|wrong| wrong == part);
                    if are_named && !["name", "type", "stream"].into_iter().any(is_wrong) {
                        self.name_of_toxic(&mut names, (raw, &path), &new);
                    }
                }
                Err(error) => self.tell(raw.get(), &path, error.to_string(), true),
            }
        }
        self.never_reached();
    }

    /// Checks the values of a toxic. Fields whose form is `wrong` have been reported.
    fn values_of_toxic(
        &mut self,
        (path, raw): (&str, &RawValue),
        members: &[Member<'a>],
        wrong: &[String],
        new: &NewToxic,
    ) {
        // What is missing of a schedule may be what is wrong.
        const SCHEDULE: [&str; 3] = ["duration", "start_after", "every"];
        let is_wrong = |name: &str| wrong.iter().any(|wrong| wrong == name);
        let has_schedule = !SCHEDULE.into_iter().any(is_wrong);
        let session = new.options.session.as_ref();
        let in_session = session.map(|_| Finding::fatal("session", NO_SESSION));
        let findings = check_toxic(new, self.catalogue);
        for finding in in_session.into_iter().chain(findings) {
            let name = finding.field.split(['.', '[']).next().unwrap_or_default();
            if !is_wrong(name) && (has_schedule || !SCHEDULE.contains(&name)) {
                self.finding(path, raw, members, finding);
            }
        }
    }

    /// Reports a name that an earlier toxic has, and remembers the name.
    fn name_of_toxic(
        &mut self,
        names: &mut HashMap<String, String>,
        (raw, path): (&'a RawValue, &str),
        new: &NewToxic,
    ) {
        for one in new.per_stream().iter() {
            let name = one.name_or_default();
            if let Some(first) = names.get(&name) {
                let problem = format!("{name:?} is the name of {first} already; give another");
                self.tell(raw.get(), path, problem, true);
            } else {
                names.insert(name.clone(), path.to_owned());
            }
            self.listed.push(ListedToxic {
                name,
                new: one.clone(),
                raw,
                path: path.to_owned(),
            });
        }
    }

    /// Decodes the fields of a toxic. Returns the valid ones, and the names of the others.
    fn fields_of_toxic(
        &mut self,
        path: &str,
        members: &[Member<'a>],
    ) -> (ToxicFields<'a>, Vec<String>) {
        let mut fields = ToxicFields::default();
        let (mut unknown, mut wrong) = (Vec::new(), Vec::new());
        for (name, raw) in members {
            match fields.take(JsonPath::default(), name, raw) {
                Err(error) => {
                    wrong.push(name.to_string());
                    let inside = error
                        .field()
                        .filter(|field| field.starts_with(name.as_str()));
                    let place = format!("{path}.{}", inside.unwrap_or(name));
                    self.tell(raw.get(), &place, error.without_place(), true);
                }
                Ok(false) if !unknown_fields::is_harmless(name) => unknown.push((name, raw)),
                Ok(_) => {}
            }
        }
        // Check unknown names last: whether a name is an attribute depends on the kind, which may come last.
        for (name, raw) in unknown {
            if let Some(found) = unknown_toxic_field(name, fields.kind(), self.catalogue) {
                self.tell(raw.get(), &format!("{path}.{name}"), found.message(), false);
            }
        }
        (fields, wrong)
    }

    /// Reports a finding at its field, or at the toxic if the field is missing.
    fn finding(&mut self, path: &str, raw: &RawValue, members: &[Member<'a>], finding: Finding) {
        let mut names = finding.field.split(['.', '[']);
        let (outer, inner) = (names.next().unwrap_or_default(), names.next());
        let mut at = raw;
        if let Some((_, value)) = members.iter().rfind(|(name, _)| name == outer) {
            at = value;
            if let (Some(inner), Ok(Value::Object(attributes))) = (inner, json::look(value))
                && let Some((_, value)) = attributes.iter().rfind(|(name, _)| name == inner)
            {
                at = value;
            }
        } else if let Some((_, value)) = members.iter().rfind(|(name, _)| name == "attributes")
            && let Ok(Value::Object(attributes)) = json::look(value)
            && let Some((_, value)) = attributes.iter().rfind(|(name, _)| name == outer)
        {
            // It is placed at the top level, but may be given here too.
            at = value;
        }
        let (path, message) = finding.at(path);
        self.tell(at.get(), &path, message, finding.fatal);
    }
}
