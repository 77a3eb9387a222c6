//! Checks a toxic before it is created, and returns all findings.
//!
//! Creating a toxic stops at the first error; this check continues, so that a user can fix all at once.

use super::addresses::check_name;
use super::fields::{MAX_WARNINGS, suggestion, unknown_attribute};
use super::finding::Finding;
use super::requests::odd_options;
use super::useless::senseless;
use crate::control::error::ControlError;
use crate::control::toxic::both::{self, BOTH, is_both};
use crate::control::toxic::given::given;
use crate::control::toxic::input::{is_share, parse_stream};
use crate::control::view::NewToxic;
use crate::engine::Direction;
use crate::toxics::{AttributeError, Catalogue, Kind, Value, Values, acts_at_connect};

/// All findings about a toxic, given the known kinds.
pub fn check_toxic(new: &NewToxic, catalogue: &Catalogue) -> Vec<Finding> {
    let mut findings: Vec<Finding> = new
        .name
        .as_deref()
        .and_then(check_name)
        .into_iter()
        .collect();
    if let Some(stream) = &new.stream
        && parse_stream(stream).is_err()
        && !is_both(stream)
    {
        let names = Direction::ALL.map(Direction::name).into_iter();
        let hint = suggestion(stream, names.chain([BOTH]));
        let problem = format!("{stream:?} is no stream");
        findings.push(Finding::fatal("stream", problem).with_remedy(hint));
    }
    findings.extend(odd_toxicity(new.toxicity));
    findings.extend(odd_options(&new.options));
    if let Err(error) = new.options.check_new().and(new.options.schedule()) {
        findings.push(refused(&error));
    }
    match catalogue.find(&new.kind) {
        Some(kind) => {
            let attributes = given(kind, &new.attributes, &new.beside);
            if let Some(values) = check_attributes(kind, &attributes, &mut findings) {
                let at_connect = acts_at_connect(&values);
                findings.extend(
                    both::admit(new.count(), at_connect)
                        .err()
                        .as_ref()
                        .map(refused),
                );
                findings.extend(senseless(kind, &values, &attributes, &new.options));
                findings.extend(contradiction(kind, &values, new));
            }
        }
        None => {
            let hint = suggestion(&new.kind, catalogue.names());
            let problem = match new.kind.as_str() {
                "" => "it is missing".to_owned(),
                kind => format!("{kind:?} is no type of toxic"),
            };
            findings.push(Finding::fatal("type", problem).with_remedy(hint));
        }
    }
    findings
}

/// What contradicts `match.http`, or that the kind acts on requests, on one of the toxic's streams.
fn contradiction(kind: &Kind, values: &Values, new: &NewToxic) -> Option<Finding> {
    let http = new.options.http().map(AsRef::as_ref);
    new.per_stream().iter().find_map(|one| {
        let direction = parse_stream(one.stream.as_deref().unwrap_or(both::DOWNSTREAM)).ok()?;
        let error = kind.http(values, direction, http).err()?;
        Some(Finding::fatal(&error.path().to_string(), error.to_string()))
    })
}

/// The finding for a toxicity that is out of range.
pub(in crate::control) fn odd_toxicity(toxicity: Option<f32>) -> Option<Finding> {
    let toxicity = toxicity.filter(|toxicity| !is_share(*toxicity))?;
    let problem = format!("{toxicity} acts like the nearest of 0 and 1");
    Some(Finding::odd("toxicity", problem).with_remedy("give a share from 0 to 1"))
}

/// The finding for an attribute whose value is out of range.
pub(in crate::control) fn odd_attribute(kind: &Kind, name: &str, value: &Value) -> Option<Finding> {
    kind.warning(name, value).as_ref().map(odd_values)
}

fn odd_values(oddity: &AttributeError) -> Finding {
    let problem = format!("{oddity}; it acts like the nearest end");
    Finding::odd(field(oddity), problem)
}

/// Returns the values if all of them are valid.
fn check_attributes(
    kind: &Kind,
    given: &[(String, Value)],
    findings: &mut Vec<Finding>,
) -> Option<Values> {
    let names = given.iter().map(|(name, _)| name);
    findings.extend(names.filter_map(|name| unknown_attribute(kind, name)));
    let faults = kind.faults(given);
    let is_right = faults.is_empty();
    let faults = faults.iter().take(MAX_WARNINGS);
    findings
        .extend(faults.map(|fault| Finding::fatal(&fault.path().to_string(), fault.to_string())));
    let values = kind.read(given).ok().filter(|_| is_right)?;
    findings.extend(kind.warnings(&values).iter().map(odd_values));
    Some(values)
}

/// The member of the toxic that an error is about.
fn field(error: &AttributeError) -> &str {
    match error.path().beside {
        true => error.path().attribute(),
        false => "attributes",
    }
}

/// The error that creating the toxic would return.
fn refused(error: &ControlError) -> Finding {
    match error {
        ControlError::BadValue {
            field,
            value,
            remedy,
        } => Finding::fatal(field, format!("it is {value}")).with_remedy(*remedy),
        other => Finding::fatal("", other.to_string()),
    }
}
