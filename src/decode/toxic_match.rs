//! Decodes the `match` of a toxic: which connections it may act on, and which requests on them.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use serde_json::value::RawValue;

use super::error::{DecodeError, JsonPath};
use super::fields::look;
use super::http_match::http_match;
use super::json::Value;
use super::ordinals::{MOST_PARTS, ordinals};
use crate::control::ToxicMatch;

const MATCH: &str = "an object with any of \"client\" (networks), \"connections\" (such as \"1-3,7,10-\") and \"http\" (requests)";
const NAMES: [&str; 3] = ["client", "connections", "http"];
const NETWORKS: &str = "networks such as \"10.0.0.0/8\" or \"::1\", one or a list of up to 1000";
/// The length in bits of the prefix of an IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2).
const MAPPED: u8 = 96;

/// Decodes a `match`; `None` if it is null.
pub(super) fn toxic_match(
    here: JsonPath,
    raw: &RawValue,
) -> Result<Option<ToxicMatch>, DecodeError> {
    let members = match look(raw)? {
        Value::Null => return Ok(None),
        Value::Object(members) => members,
        _ => return Err(here.wrong(raw.get(), MATCH)),
    };
    let mut matching = ToxicMatch::default();
    for (name, value) in members {
        match name.as_str() {
            "client" => matching.scope.clients = networks(here, value)?,
            "connections" => matching.scope.connections = ordinals(here, value)?,
            "http" => matching.http = http_match(here, value)?.map(Arc::new),
            _ => return Err(here.unknown(&name, &NAMES)),
        }
    }
    Ok(Some(matching))
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

#[cfg(test)]
mod tests {
    use super::super::error::DecodeError;
    use super::*;
    use crate::control::ToxicOptions;

    fn read(text: &str) -> Result<ToxicOptions, DecodeError> {
        super::super::proxies::new_toxic(text.as_bytes()).map(|new| new.options)
    }

    #[test]
    fn scopes_are_read_and_written() {
        let text = r#"{"match":{"client":["10.1.2.3/8","::1"],"connections":" 1-3, 7,10-"}}"#;
        let scope = read(text).unwrap().matching.unwrap().scope;
        let clients: Vec<String> = scope.clients.iter().map(ToString::to_string).collect();
        assert_eq!(clients, ["10.0.0.0/8", "::1/128"]);
        assert_eq!(scope.connections, [1..=3, 7..=7, 10..=u64::MAX]);
        let one = read(r#"{"match":{"client":"127.0.0.1","connections":4}}"#).unwrap();
        assert_eq!(one.matching.unwrap().scope.connections, vec![4..=4]);
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
}
