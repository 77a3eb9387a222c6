//! Finds every error in the toxics of a proxy in a config file.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::check::{Check, NO_SESSION};
use super::listed::ListedToxic;
use crate::control::{Finding, check_toxic, unknown_toxic_field};
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
            let Some(fields) = self.fields_of_toxic(&path, &members) else {
                continue;
            };
            match fields.finish(JsonPath::default()) {
                Ok(new) => {
                    let session = new.options.session.as_ref();
                    let in_session = session.map(|_| Finding::fatal("session", NO_SESSION));
                    for finding in in_session
                        .into_iter()
                        .chain(check_toxic(&new, self.catalogue))
                    {
                        self.finding(&path, raw, &members, finding);
                    }
                    if !are_named {
                        continue;
                    }
                    for one in new.per_stream().iter() {
                        let name = one.name_or_default();
                        if let Some(first) = names.get(&name) {
                            let problem =
                                format!("{name:?} is the name of {first} already; give another");
                            self.tell(raw.get(), &path, problem, true);
                        } else {
                            names.insert(name.clone(), path.clone());
                        }
                        self.listed.push(ListedToxic {
                            name,
                            new: one.clone(),
                            raw,
                            path: path.clone(),
                        });
                    }
                }
                Err(error) => self.tell(raw.get(), &path, error.to_string(), true),
            }
        }
    }

    /// Decodes the fields of a toxic; returns `None` if one is invalid.
    fn fields_of_toxic(&mut self, path: &str, members: &[Member<'a>]) -> Option<ToxicFields<'a>> {
        let mut fields = ToxicFields::default();
        let (mut unknown, mut is_right) = (Vec::new(), true);
        for (name, raw) in members {
            match fields.take(JsonPath::default(), name, raw) {
                Err(error) => {
                    is_right = false;
                    let place = format!("{path}.{name}");
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
        is_right.then_some(fields)
    }

    /// Reports a finding at its field, or at the toxic if the field is missing.
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
        } else if let Some((_, value)) = members.iter().rfind(|(name, _)| name == "attributes")
            && let Ok(Value::Object(attributes)) = json::look(value)
            && let Some((_, value)) = attributes.iter().rfind(|(name, _)| name == outer)
        {
            // It is placed at the top level, but may be given here too.
            at = value;
        }
        let path = match finding.field.as_str() {
            "" => path.to_owned(),
            field => format!("{path}.{field}"),
        };
        self.tell(at.get(), &path, finding.message(), finding.fatal);
    }
}
