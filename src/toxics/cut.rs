//! `cut`: a place inside a message of the stream.

use crate::engine::Message;
use crate::toxics::attribute::{Attribute, Type};
use crate::toxics::error::AttributeError;
use crate::toxics::value::{Value, field};
use crate::toxics::values::Values;

/// A place inside a message, at which a toxic ends the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// The number of the message, from 1.
    message: u64,
    /// How many of its bytes pass.
    byte: u64,
}

impl Cut {
    /// The attribute.
    pub(super) fn attribute() -> Attribute {
        let message = Attribute::new("message", Type::integer(1..=i64::MAX))
            .about("the number of the message, from 1")
            .required();
        let byte = Attribute::new("byte", Type::integer(0..=i64::MAX))
            .unit("bytes")
            .about("how many of its bytes pass; 0 cuts before it")
            .default(0);
        Attribute::new("cut", Type::object(vec![message, byte]))
            .beside()
            .about("closes inside a message: one of the protocol with framing, otherwise a turn of the conversation")
            .example(Value::from([("message", 3_i64), ("byte", 5)]))
    }

    /// Reads the attribute's value, which has been checked.
    ///
    /// # Errors
    /// The toxic does not act yet in the message that it is to cut.
    pub(super) fn of(values: &Values) -> Result<Option<Self>, AttributeError> {
        let Some(cut) = Cut::read(values) else {
            return Ok(None);
        };
        let waits = field(values.map("after"), "messages").and_then(Value::as_integer);
        match waits.and_then(|waits| u64::try_from(waits).ok()) {
            Some(waits) if cut.message <= waits => {
                let expected = format!(
                    "above after.messages, which is {waits}: the toxic acts from message {} on",
                    waits.saturating_add(1)
                );
                Err(AttributeError::out_of_range(
                    "cut.message",
                    cut.message,
                    expected,
                ))
            }
            _ => Ok(Some(cut)),
        }
    }

    fn read(values: &Values) -> Option<Self> {
        let fields = values.map("cut");
        let number = |name: &str| {
            let number = field(fields, name)?.as_integer()?;
            u64::try_from(number).ok()
        };
        let message = number("message")?;
        let byte = number("byte").unwrap_or(0);
        Some(Cut { message, byte })
    }

    /// How many bytes may still pass from `offset`, which is in `message`. `None` if there is no
    /// limit yet. A message that turns out to be shorter is cut at its end.
    pub(super) fn bytes_left(self, message: Message, offset: u64) -> Option<u64> {
        let number = message.index.saturating_add(1);
        let passed = offset.saturating_sub(message.offset);
        match number.cmp(&self.message) {
            std::cmp::Ordering::Less => None,
            std::cmp::Ordering::Equal => Some(self.byte.saturating_sub(passed)),
            std::cmp::Ordering::Greater => Some(0),
        }
    }
}
