//! Finds every fault in the attributes of a toxic, where creating the toxic stops at the first.

use super::attribute::{Attribute, Type};
use super::check::unknown_fields;
use super::error::AttributeError;
use super::kind::Kind;
use super::value::Value;
use super::values::Values;
use super::{after, framing};

impl Kind {
    /// Every reason why a toxic with these attributes would be refused; none if it would be created.
    pub fn faults(&self, given: &[(String, Value)]) -> Vec<AttributeError> {
        let (mut faults, mut values) = (Vec::new(), Vec::new());
        for attribute in &self.attributes {
            let of_it = given.iter().filter(|(name, _)| name == attribute.name);
            let of_it = of_it.map(|(_, value)| value);
            let last = attribute.read_all(of_it, &mut faults);
            let value = last.or_else(|| attribute.default.clone());
            values.extend(value.map(|value| (attribute.name, value)));
        }
        let is_complete = faults.is_empty();
        let values = Values::from_iter(values);
        // Each of these depends on one attribute.
        faults.extend(after::read(&values).err());
        faults.extend(framing::read(&values).err());
        if is_complete && faults.is_empty() {
            // A value that is wrong would make others look wrong here.
            faults.extend(self.build(&values).err());
        }
        faults.into_iter().map(|fault| self.placed(fault)).collect()
    }
}

impl Attribute {
    /// The last of the given values. Adds the faults of all of them, or that there is none.
    fn read_all<'a>(
        &self,
        given: impl Iterator<Item = &'a Value>,
        faults: &mut Vec<AttributeError>,
    ) -> Option<Value> {
        let (mut last, mut is_given) = (None, false);
        for value in given.filter(|value| **value != Value::Null) {
            let is_cleared = self.is_cleared_by(value);
            is_given = !is_cleared;
            last = None;
            if !is_cleared {
                last = self.check(value).ok();
                faults.extend(self.value_type.faults(self.name, self.unit, value));
            }
        }
        if !is_given && self.required {
            faults.push(self.missing(self.name));
        }
        last
    }
}

impl Type {
    /// Every fault of a value; none if [`Type::check`] accepts it.
    fn faults(&self, name: &str, unit: &'static str, value: &Value) -> Vec<AttributeError> {
        let Err(first) = self.check(name, unit, value) else {
            return Vec::new();
        };
        let inner: Vec<AttributeError> = match (self, value) {
            (Type::List { of, max_entries }, Value::List(entries))
                if entries.len() <= *max_entries =>
            {
                let entries = entries.iter().enumerate();
                let faults = entries
                    .flat_map(|(index, entry)| of.faults(&format!("{name}[{index}]"), unit, entry));
                faults.collect()
            }
            (Type::Map { of, max_entries }, Value::Map(entries))
                if entries.len() <= *max_entries =>
            {
                let entries = entries.iter();
                let faults = entries
                    .flat_map(|(key, entry)| of.faults(&format!("{name}.{key}"), unit, entry));
                faults.collect()
            }
            (Type::Object { fields }, Value::Map(entries)) => {
                faults_of_fields(fields, name, entries)
            }
            (Type::OneOf(types), value) => {
                let alike = types.iter().find(|one| one.has_form(value));
                alike.map_or_else(Vec::new, |one| one.faults(name, unit, value))
            }
            _ => Vec::new(),
        };
        match inner.is_empty() {
            true => vec![first],
            false => inner,
        }
    }
}

fn faults_of_fields(
    fields: &[Attribute],
    name: &str,
    entries: &[(String, Value)],
) -> Vec<AttributeError> {
    let mut faults: Vec<AttributeError> = unknown_fields(fields, name, entries).collect();
    for field in fields {
        let path = format!("{name}.{}", field.name);
        let of_it = entries
            .iter()
            .rfind(|(key, value)| key.eq_ignore_ascii_case(field.name) && *value != Value::Null);
        match of_it {
            Some((_, value)) => faults.extend(field.value_type.faults(&path, field.unit, value)),
            None if field.required && field.default.is_none() => faults.push(field.missing(&path)),
            None => {}
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toxics::Catalogue;

    fn map(entries: &[(&str, Value)]) -> Value {
        let entries = entries.iter();
        let entries = entries.map(|(name, value)| ((*name).to_owned(), value.clone()));
        Value::Map(entries.collect())
    }

    fn faults(kind: &str, given: &[(&str, Value)]) -> Vec<String> {
        let catalogue = Catalogue::default();
        let kind = catalogue.find(kind).unwrap();
        let given = given.iter();
        let given = given.map(|(name, value)| ((*name).to_owned(), value.clone()));
        let given: Vec<_> = given.collect();
        let faults = kind.faults(&given);
        let is_refused = kind
            .read(&given)
            .and_then(|values| kind.build(&values))
            .is_err();
        assert_eq!(is_refused, !faults.is_empty(), "{faults:?}");
        faults
            .iter()
            .map(|fault| fault.path().to_string())
            .collect()
    }

    #[test]
    fn every_fault_is_found_also_inside_lists_and_objects() {
        let wave = map(&[("shap", "sine".into()), ("amplitude", (-3).into())]);
        let seen = faults(
            "latency",
            &[
                ("latency", "x".into()),
                ("wave", wave),
                ("after", map(&[("time", "5".into()), ("bytes", 0.into())])),
                ("per", "x".into()),
            ],
        );
        let expected = [
            "attributes.latency",
            "per",
            "wave.shap",
            "wave.shape",
            "wave.amplitude",
            "wave.period",
            "after.bytes",
            "after.time",
        ];
        assert_eq!(seen, expected);
        let trace = vec![vec![Value::from(0), "x".into()], vec!["y".into(), 5.into()]];
        let trace = Value::List(trace.into_iter().map(Value::List).collect());
        assert_eq!(
            faults("bandwidth", &[("trace", trace)]),
            ["trace[0][1]", "trace[1][0]"]
        );
    }

    #[test]
    fn missing_attributes_and_contradictions_are_found_too() {
        let after = map(&[("time", "5s".into()), ("bytes", 3.into())]);
        let seen = faults("slicer", &[("delay", "x".into()), ("after", after)]);
        assert_eq!(
            seen,
            ["attributes.average_size", "attributes.delay", "after"]
        );
        let sizes = [("average_size", 10.into()), ("size_variation", 500.into())];
        assert_eq!(faults("slicer", &sizes), ["attributes.size_variation"]);
        let phase = [("rate", 5.into()), ("phase", "connect".into())];
        assert_eq!(faults("bandwidth", &phase), ["phase"]);
    }

    #[test]
    fn valid_and_cleared_attributes_have_no_fault() {
        assert!(faults("latency", &[("latency", 5.into()), ("jitter", Value::Null)]).is_empty());
        assert!(faults("latency", &[("after", map(&[])), ("per", "".into())]).is_empty());
        assert!(faults("noop", &[("unknown", 5.into())]).is_empty());
    }
}
