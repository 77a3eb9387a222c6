//! The fields of proxies and toxics, and findings about unknown field names.
//!
//! Must not know which values a field may have.

use std::borrow::Cow;

use super::finding::Finding;
use crate::control::toxic::given::unknown;
use crate::toxics::{Catalogue, Kind, ToxicOption, Value, toxic_fields};
use crate::util::suggest::nearest;

/// The maximum number of warnings for one request. It bounds the time spent on checks.
pub const MAX_WARNINGS: usize = 64;

/// Fields of a proxy that a request may set.
pub const PROXY_FIELDS: [&str; 9] = [
    "name", "listen", "upstream", "http", "enabled", "toxics", "profile", "seed", "session",
];

/// Fields of a profile in a config file.
pub const PROFILE_FIELDS: [&str; 4] = ["description", "source", "upstream", "downstream"];

/// A suggestion for an unknown name, worded as the end of a sentence.
pub fn suggestion<'a>(written: &str, names: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(written, names.clone()) {
        Some(name) => format!("did you mean {name:?}?"),
        None => {
            let names: Vec<&str> = names.into_iter().collect();
            format!("use one of {}", names.join(", "))
        }
    }
}

/// The unknown fields and attributes of a toxic.
pub(in crate::control) fn unknown_names(
    kind: &Kind,
    beside: &[(String, Value)],
    given: &[(String, Value)],
) -> Vec<Finding> {
    let fields = unknown(Some(kind), beside);
    let fields = fields.map(|name| unknown_beside(name, Some(kind)));
    let attributes = given.iter();
    let attributes = attributes.filter_map(|(name, _)| unknown_attribute(kind, name));
    fields.chain(attributes).take(MAX_WARNINGS).collect()
}

/// The finding for an unknown field of a proxy.
pub fn unknown_field(name: &str) -> Finding {
    let hint = suggestion(&short(name), PROXY_FIELDS);
    Finding::unknown(name, "no such field").with_remedy(hint)
}

/// The finding for an unknown field of a request that puts a profile on.
pub fn unknown_profile_field(name: &str) -> Finding {
    let options = ToxicOption::ALL.into_iter().map(ToxicOption::name);
    let hint = suggestion(&short(name), std::iter::once("name").chain(options));
    Finding::unknown(name, "no such field").with_remedy(hint)
}

/// The finding for an unknown field of a profile in a config file.
pub fn unknown_custom_profile_field(name: &str) -> Finding {
    let hint = suggestion(&short(name), PROFILE_FIELDS);
    Finding::unknown(name, "no such field").with_remedy(hint)
}

/// The finding for an unknown field of a toxic; `None` if it is an attribute that is placed there. It is
/// often an attribute that belongs inside `attributes`.
pub fn unknown_toxic_field(name: &str, kind: &str, catalogue: &Catalogue) -> Option<Finding> {
    let kind = catalogue.find(kind).map(|kind| &**kind);
    let is_known = kind.is_some_and(|kind| kind.has_beside(name));
    (!is_known).then(|| unknown_beside(name, kind))
}

pub(in crate::control) fn unknown_beside(name: &str, kind: Option<&Kind>) -> Finding {
    let attributes = kind.iter().flat_map(|kind| kind.inside());
    let mut attributes = attributes.map(|attribute| attribute.name);
    let beside = kind.iter().flat_map(|kind| kind.beside());
    let fields = toxic_fields().chain(beside.map(|attribute| attribute.name));
    let attribute = match attributes.clone().find(|attribute| *attribute == name) {
        // Used only if no field has a similar name.
        None if nearest(&short(name), fields.clone()).is_none() => {
            nearest(&short(name), attributes.by_ref())
        }
        exact => exact,
    };
    let remedy = match attribute {
        Some(attribute) => format!(
            "{attribute} is an attribute: give it as \
             \"attributes\": {{\"{attribute}\": VALUE}}"
        ),
        None => suggestion(&short(name), fields),
    };
    Finding::unknown(name, "no such field").with_remedy(remedy)
}

/// The finding for an attribute that the kind does not have.
pub(in crate::control) fn unknown_attribute(kind: &Kind, given: &str) -> Option<Finding> {
    let names = kind.attributes.iter().map(|attribute| attribute.name);
    if names.clone().any(|name| name == given) {
        return None;
    }
    let hint = match toxic_fields().any(|field| field == given) {
        true => format!("{} stands beside \"attributes\", not in it", given),
        false => match nearest(&short(given), names) {
            Some(name) => format!("did you mean {name:?}?"),
            None if kind.inside().next().is_none() => format!("{} takes none", kind.name),
            None => suggestion(&short(given), kind.inside().map(|attribute| attribute.name)),
        },
    };
    let problem = format!("{} has no such attribute", kind.name);
    let field = format!("attributes.{}", short(given));
    Some(Finding::unknown(&field, problem).with_remedy(hint))
}

/// The name, truncated for comparisons and messages.
fn short(name: &str) -> Cow<'_, str> {
    const LONGEST: usize = 64;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", name.get(..end).unwrap_or_default()).into(),
        None => name.into(),
    }
}
