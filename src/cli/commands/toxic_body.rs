//! The body of a request for a new toxic.

use serde_json::{Value, json};

use super::attributes;
use super::toxic_options;
use crate::args::client::NewToxic;

/// A new toxic as the API takes it.
pub(crate) fn body(new: &NewToxic) -> Value {
    let mut body = json!({
        "type": new.kind,
        "stream": new.stream.name(),
        "toxicity": new.toxicity,
        "attributes": attributes::values(&new.attributes),
    });
    if let (Some(name), Some(fields)) = (&new.name, body.as_object_mut()) {
        fields.insert("name".into(), name.as_str().into());
    }
    toxic_options::put(&new.extras, &mut body);
    body
}
