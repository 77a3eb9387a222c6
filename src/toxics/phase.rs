//! The option `phase`: whether a toxic acts on data, or before the upstream is dialled.

use super::attribute::{Attribute, Type};
use super::error::AttributeError;
use super::values::Values;
use crate::engine::{AnyToxic, DrawKey, Moment};

const PHASE: &str = "phase";
const DATA: &str = "data";
const CONNECT: &str = "connect";

pub(super) fn attribute() -> Attribute {
    Attribute::new(PHASE, Type::choice(&[DATA, CONNECT]))
        .about("connect: before the upstream is dialled (only latency, timeout and reset_peer)")
        .default(DATA)
        .example(CONNECT)
        .beside()
}

/// Whether a toxic with these values acts before the upstream is dialled, and not on data.
pub fn acts_at_connect(values: &Values) -> bool {
    values.text(PHASE) == CONNECT
}

/// Errors: a toxic of this kind cannot have its phase, or another value contradicts the phase.
pub(super) fn check(
    kind: &str,
    values: &Values,
    toxic: &dyn AnyToxic,
) -> Result<(), AttributeError> {
    if !acts_at_connect(values) {
        return Ok(());
    }
    // Whether there is a fault does not depend on the draw or the time.
    let fault = toxic.on_connect(DrawKey::of_seed(0), Moment::ORIGIN);
    if fault.is_none() {
        let problem = format!(
            "is \"{CONNECT}\", but {kind} acts on data only; give it to latency, timeout or reset_peer"
        );
        return Err(AttributeError::conflict(PHASE, problem));
    }
    if !values.map("after").is_empty() {
        let problem = "is \"connect\", but after waits for data; give one of the two";
        return Err(AttributeError::conflict(PHASE, problem));
    }
    Ok(())
}
