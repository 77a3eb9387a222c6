//! The attributes of `bandwidth`.

use crate::toxics::attribute::{Attribute, Type};
use crate::toxics::error::AttributeError;
use crate::toxics::rate::Trace;

use crate::toxics::value::Value;
use crate::toxics::values::Values;

/// The most bytes of a group's name.
const MAX_NAME: usize = 255;
/// The most bytes of a burst: 1 GB.
const MAX_BURST: i64 = 1_000_000_000;
/// The highest time in seconds and rate in KB/s of a trace.
const MAX_NUMBER: f64 = 1e10;
/// The least time between two steps of a trace, in ns: 1 ms, less what the numbers of a date in
/// seconds cannot express.
const LEAST_STEP: u64 = 999_000;

pub(super) fn all() -> Vec<Attribute> {
    // A hundred times the rate must fit in a 64-bit integer, as in Toxiproxy.
    let rate = Attribute::new("rate", Type::integer(0..=i64::MAX / 100));
    let group = Type::Text {
        choices: &[],
        max_bytes: MAX_NAME,
    };
    let pair = Type::List {
        of: Box::new(Type::number(0.0..=MAX_NUMBER)),
        max_entries: 2,
    };
    vec![
        rate.unit("KB/s")
            .about("1 KB is 1000 bytes; 0 lets nothing through")
            .default(0)
            .example(1000),
        Attribute::new("shared", Type::Boolean)
            .about("all connections of the toxic share the rate, each with a fair part")
            .default(false)
            .beside(),
        Attribute::new("group", group)
            .about("all toxics with this group share the rate, on any proxy and stream")
            .default("")
            .example("uplink")
            .beside(),
        Attribute::new("burst", Type::integer(0..=MAX_BURST))
            .unit("bytes")
            .about("so many bytes pass at once when the rate was not used before")
            .default(0)
            .example(65_536)
            .beside(),
        Attribute::new("trace", Type::list(pair))
            .about("pairs of the second at which a step begins and its rate in KB/s, in place of rate, repeated at the end")
            .default(Vec::<Value>::new())
            .example(vec![vec![0_i64, 1000], vec![10, 200]])
            .beside(),
    ]
}

/// The name of the group, if there is one.
pub(super) fn group(values: &Values) -> Option<&str> {
    Some(values.text("group")).filter(|name| !name.is_empty())
}

/// The trace, if there is one.
///
/// # Errors
/// An entry is no pair, or the times do not rise.
pub(super) fn trace(values: &Values) -> Result<Option<Trace>, AttributeError> {
    let mut steps: Vec<(u64, u64)> = Vec::new();
    let (mut first, mut before) = (None, 0.0);
    for (index, entry) in values.list("trace").iter().enumerate() {
        let (at, rate) = pair(entry).ok_or_else(|| {
            let expected = "a pair of seconds and KB/s, such as [10, 500]";
            AttributeError::out_of_range(&format!("trace[{index}]"), entry, expected)
        })?;
        let since_first = whole((at - *first.get_or_insert(at)) * 1e9);
        if let Some((last, _)) = steps.last()
            && since_first.saturating_sub(*last) < LEAST_STEP
        {
            let expected =
                format!("at least 0.001 more than {before}, where the step before it begins");
            let name = format!("trace[{index}][0]");
            return Err(AttributeError::out_of_range(&name, at, expected));
        }
        before = at;
        steps.push((since_first, whole(rate * 1e3)));
    }
    Ok((!steps.is_empty()).then(|| Trace::of(&steps)))
}

fn pair(entry: &Value) -> Option<(f64, f64)> {
    match entry {
        Value::List(entries) => match entries.as_slice() {
            [at, rate] => Some((at.as_number()?, rate.as_number()?)),
            _ => None,
        },
        _ => None,
    }
}

/// The nearest whole number; the numbers of a trace are not negative.
fn whole(number: f64) -> u64 {
    number.round() as u64
}
