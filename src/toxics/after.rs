//! The attribute `after`: what must happen on a connection before a toxic acts there.

use std::time::Duration;

use super::attribute::{Attribute, LONGEST, Type};
use super::error::AttributeError;
use super::value::Value;
use super::values::Values;
use crate::engine::Trigger;

const NAME: &str = "after";
const FIELDS: [&str; 4] = ["bytes", "time", "idle", "messages"];

pub(super) fn attribute() -> Attribute {
    let [bytes, time, idle, messages] = FIELDS;
    let count = || Type::integer(1..=i64::MAX);
    let span = || Type::Duration {
        accepted: Duration::from_millis(1)..=LONGEST,
    };
    let fields = vec![
        Attribute::new(bytes, count()).about("this many bytes have passed in its direction"),
        Attribute::new(time, span())
            .about("this long after it met the connection; a bare number is in ms"),
        Attribute::new(idle, span())
            .about("no byte has come from either side for this long; a bare number is in ms"),
        Attribute::new(messages, count()).about("this many messages have passed in its direction"),
    ];
    let example: [(&str, Value); 1] = [(time, "5s".into())];
    Attribute::new(NAME, Type::object(fields))
        .about("acts on a connection only from then on; give one of bytes, time, idle, messages (a time without a unit is in ms)")
        .example(example)
        .beside()
}

/// The trigger. Errors: more than one was given.
pub(super) fn read(values: &Values) -> Result<Option<Trigger>, AttributeError> {
    let given = values.map(NAME);
    let (name, value) = match given {
        [] => return Ok(None),
        [(name, value)] => (name.as_str(), value),
        _ => {
            let names: Vec<&str> = given.iter().map(|(name, _)| name.as_str()).collect();
            let problem = format!("has {}: give only one of them", names.join(" and "));
            return Err(AttributeError::conflict(NAME, problem));
        }
    };
    let count = || {
        value
            .as_integer()
            .and_then(|count| u64::try_from(count).ok())
    };
    Ok(match name {
        "bytes" => count().map(Trigger::Bytes),
        "messages" => count().map(Trigger::Messages),
        "time" => value.as_duration().map(Trigger::Time),
        _ => value.as_duration().map(Trigger::Idle),
    })
}
