//! Decodes the options of a toxic that Toxiproxy does not have.
//!
//! They are given beside the toxic's own fields. They may also be given among its attributes, because several
//! clients can send nothing else. If an option is given in both places, the one beside the fields wins.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use ipnet::IpNet;
use serde_json::value::RawValue;

use super::attribute;
use super::error::{DecodeError, JsonPath};
use super::fields::{keep, look, seed, string, time};
use super::json::{Member, Value};
use crate::control::{self, ANSWER_FIELDS, Scope, ToxicOption, ToxicOptions};
use crate::util::text::whole_number;

const REPLAY: &str = "an object such as {\"connection\": 17}, counted from 1";
const MATCH: &str =
    "an object with \"client\" (networks), \"connections\" (such as \"1-3,7,10-\"), or both";
const NETWORKS: &str = "networks such as \"10.0.0.0/8\" or \"::1\", one or a list of up to 1000";
const ORDINALS: &str = "numbers from 1 such as \"1-3,7,10-\", up to 1000 parts";
/// The most networks or ranges in a `match`: each connection is compared with all of them.
const MOST_PARTS: usize = 1000;
/// The length in bits of the prefix of an IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2).
const MAPPED: u8 = 96;

/// Decodes a field if it is one of these options. Returns whether the field is known.
pub(super) fn take(
    options: &mut ToxicOptions,
    here: JsonPath,
    name: &str,
    raw: &RawValue,
) -> Result<bool, DecodeError> {
    let Some(option) = ToxicOption::find(name) else {
        // Clients may send back the toxic that they received, so fields of answers are accepted and ignored.
        return Ok(ANSWER_FIELDS.contains(&name));
    };
    let here = here.field(option.name());
    match option {
        ToxicOption::Duration => keep(&mut options.duration, time(here, raw)?),
        ToxicOption::StartAfter => keep(&mut options.start_after, time(here, raw)?),
        ToxicOption::Every => keep(&mut options.every, time(here, raw)?),
        ToxicOption::Session => keep(&mut options.session, string(here, raw)?),
        ToxicOption::Seed => keep(&mut options.seed, seed(here, raw)?),
        ToxicOption::Replay => keep(&mut options.replay, replay(here, raw)?),
        ToxicOption::Match => keep(&mut options.scope, scope(here, raw)?),
    }
    Ok(true)
}

/// Separates a toxic's attributes from the options that are given among them.
pub(super) fn split_from_attributes(
    members: Vec<Member<'_>>,
    here: JsonPath,
) -> Result<(Vec<(String, control::Value)>, ToxicOptions), DecodeError> {
    let mut options = ToxicOptions::default();
    let mut attributes = Vec::with_capacity(members.len());
    for (name, raw) in members {
        if raw.get() != "null" && !take(&mut options, here, &name, raw)? {
            attributes.push((name, attribute::read(raw)));
        }
    }
    Ok((attributes, options))
}

fn replay(here: JsonPath, raw: &RawValue) -> Result<Option<u64>, DecodeError> {
    let wrong = || here.wrong(raw.get(), REPLAY);
    let members = match look(raw)? {
        Value::Null => return Ok(None),
        Value::Object(members) => members,
        _ => return Err(wrong()),
    };
    let connection = members.iter().rfind(|(name, _)| name == "connection");
    let (_, connection) = connection.ok_or_else(wrong)?;
    let connection = seed(here, connection).map_err(|_| wrong())?;
    let connection = connection.filter(|connection| *connection >= 1);
    connection.map(Some).ok_or_else(wrong)
}

fn scope(here: JsonPath, raw: &RawValue) -> Result<Option<Scope>, DecodeError> {
    let members = match look(raw)? {
        Value::Null => return Ok(None),
        Value::Object(members) => members,
        _ => return Err(here.wrong(raw.get(), MATCH)),
    };
    let mut scope = Scope::default();
    for (name, value) in members {
        match name.as_str() {
            "client" => scope.clients = networks(here, value)?,
            "connections" => scope.connections = ordinals(here, value)?,
            _ => return Err(here.wrong(raw.get(), MATCH)),
        }
    }
    Ok(Some(scope))
}

fn networks(here: JsonPath, raw: &RawValue) -> Result<Vec<IpNet>, DecodeError> {
    let wrong = || here.wrong(raw.get(), NETWORKS);
    let texts = match look(raw)? {
        Value::Null => Vec::new(),
        Value::Text(text) => vec![text],
        Value::List(entries) => {
            let texts = entries.into_iter().map(|entry| match look(entry)? {
                Value::Text(text) => Ok(text),
                _ => Err(wrong()),
            });
            texts.collect::<Result<_, _>>()?
        }
        _ => return Err(wrong()),
    };
    if texts.len() > MOST_PARTS {
        return Err(wrong());
    }
    let networks = texts.iter().map(|text| network(text).ok_or_else(wrong));
    networks.collect()
}

/// A single address becomes a network of one address. An IPv4-mapped IPv6 address becomes IPv4, as it does
/// for clients.
fn network(text: &str) -> Option<IpNet> {
    let net: IpNet = match text.parse() {
        Ok(net) => net,
        Err(_) => IpNet::from(text.parse::<IpAddr>().ok()?),
    };
    let mapped = net.prefix_len().checked_sub(MAPPED);
    let net = match (net.addr().to_canonical(), mapped) {
        (ip @ IpAddr::V4(_), Some(length)) if net.addr().is_ipv6() => {
            IpNet::new(ip, length).ok()?
        }
        _ => net,
    };
    Some(net.trunc())
}

fn ordinals(here: JsonPath, raw: &RawValue) -> Result<Vec<RangeInclusive<u64>>, DecodeError> {
    let text = match look(raw)? {
        Value::Null => return Ok(Vec::new()),
        Value::Text(text) => text,
        Value::Number(text) => text.to_string(),
        _ => return Err(here.wrong(raw.get(), ORDINALS)),
    };
    let ranges = text.split(',').map(|part| range(part.trim()));
    let ranges: Option<Vec<_>> = ranges.take(MOST_PARTS + 1).collect();
    let ranges = ranges.filter(|ranges| ranges.len() <= MOST_PARTS);
    ranges.ok_or_else(|| here.wrong(raw.get(), ORDINALS))
}

fn range(text: &str) -> Option<RangeInclusive<u64>> {
    let ordinal = |text: &str| whole_number(text.trim()).filter(|n| *n >= 1);
    let (first, last) = match text.split_once('-') {
        None => (ordinal(text)?, ordinal(text)?),
        Some((first, last)) if last.trim().is_empty() => (ordinal(first)?, u64::MAX),
        Some((first, last)) => (ordinal(first)?, ordinal(last)?),
    };
    (first <= last).then_some(first..=last)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn read(text: &str) -> Result<ToxicOptions, DecodeError> {
        super::super::proxies::new_toxic(text.as_bytes()).map(|new| new.options)
    }

    #[test]
    fn keys_stand_beside_or_among_the_attributes() {
        let beside = read(r#"{"duration":"30s","seed":7,"replay":{"connection":17}}"#).unwrap();
        assert_eq!(beside.duration, Some(Duration::from_secs(30)));
        assert_eq!((beside.seed, beside.replay), (Some(7), Some(17)));
        let among =
            read(r#"{"attributes":{"duration":30000,"seed":7,"replay":{"connection":17}}}"#);
        assert_eq!(among.unwrap(), beside);
        let both = read(r#"{"attributes":{"duration":1,"seed":8},"duration":"2ms"}"#).unwrap();
        assert_eq!(both.duration, Some(Duration::from_millis(2)));
        assert_eq!(both.seed, Some(8));
        assert_eq!(
            read(r#"{"expires_in":"3s","active":true}"#),
            Ok(ToxicOptions::default())
        );
    }

    #[test]
    fn attributes_keep_what_is_theirs() {
        let text = r#"{"type":"latency","attributes":{"latency":5,"duration":"1s","odd":1}}"#;
        let new = super::super::proxies::new_toxic(text.as_bytes()).unwrap();
        let names: Vec<_> = new
            .attributes
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["latency", "odd"]);
    }

    #[test]
    fn scopes_are_read_and_written() {
        let text = r#"{"match":{"client":["10.1.2.3/8","::1"],"connections":" 1-3, 7,10-"}}"#;
        let scope = read(text).unwrap().scope.unwrap();
        let clients: Vec<String> = scope.clients.iter().map(ToString::to_string).collect();
        assert_eq!(clients, ["10.0.0.0/8", "::1/128"]);
        assert_eq!(scope.connections, [1..=3, 7..=7, 10..=u64::MAX]);
        let one = read(r#"{"match":{"client":"127.0.0.1","connections":4}}"#).unwrap();
        assert_eq!(one.scope.unwrap().connections, vec![4..=4]);
    }

    #[test]
    fn ipv4_written_as_ipv6_is_ipv4() {
        for (text, read) in [
            ("::ffff:10.1.2.3", "10.1.2.3/32"),
            ("::ffff:10.1.2.3/104", "10.0.0.0/8"),
            ("::ffff:0:0/96", "0.0.0.0/0"),
            ("::ffff:0:0/95", "::fffe:0:0/95"),
            ("::1", "::1/128"),
        ] {
            assert_eq!(network(text), read.parse().ok(), "{text}");
        }
    }

    #[test]
    fn a_scope_has_a_bound() {
        let scope = |count: usize| {
            let networks = vec!["\"::1\""; count].join(",");
            let one = read(&format!(r#"{{"match":{{"client":[{networks}]}}}}"#));
            let other = vec!["1"; count].join(",");
            let other = read(&format!(r#"{{"match":{{"connections":"{other}"}}}}"#));
            [one.is_ok(), other.is_ok()]
        };
        assert_eq!((scope(1000), scope(1001)), ([true; 2], [false; 2]));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (text, named) in [
            (
                r#"{"duration":"soon"}"#,
                "duration is \"soon\", expected a time",
            ),
            (r#"{"duration":-1}"#, "duration is -1, expected a time"),
            (r#"{"duration":1.5}"#, "duration is 1.5"),
            (r#"{"attributes":{"every":true}}"#, "every is true"),
            (r#"{"seed":-1}"#, "seed is -1, expected a whole number"),
            (r#"{"seed":"7"}"#, "seed is"),
            (r#"{"replay":17}"#, "replay is 17, expected an object"),
            (r#"{"replay":{"connection":0}}"#, "replay is"),
            (
                r#"{"match":{"client":"home"}}"#,
                "match is \"home\", expected networks",
            ),
            (
                r#"{"match":{"connections":"3-1"}}"#,
                "match is \"3-1\", expected numbers",
            ),
            (r#"{"match":{"connections":"0"}}"#, "match is"),
            (r#"{"match":{"connections":"+1"}}"#, "match is"),
            (r#"{"match":{"clients":"::1"}}"#, "match is"),
            (r#"{"session":5}"#, "session is 5, expected a string"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
    }
}
