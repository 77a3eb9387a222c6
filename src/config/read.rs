//! A config file → the proxies to create.

use super::text;
use crate::control::NewProxy;
use crate::decode::fields::{LIST_OF_PROXIES, first, look};
use crate::decode::json::Value;
use crate::decode::{DecodeError, JsonPath, read_proxies};

/// Reads a config file: a JSON list of proxies, including toxics, or an object with the list as its
/// `proxies`. `null` is the empty list.
///
/// # Errors
/// The error names the entry, the field, its value and what was expected.
pub fn read_config(text: &[u8]) -> Result<Vec<NewProxy>, DecodeError> {
    let decoded = text::decode(text).map_err(DecodeError::Syntax)?;
    let raw = first(&decoded, LIST_OF_PROXIES)?;
    let Value::Object(members) = look(raw)? else {
        return read_proxies(decoded.as_bytes());
    };
    let mut list = None;
    for (name, raw) in members {
        if name == "proxies" {
            list = Some(read_proxies(raw.get().as_bytes())?);
        }
    }
    list.ok_or_else(|| {
        JsonPath::default().wrong(
            raw.get(),
            "a list of proxies, or an object that has it as \"proxies\"",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_file_may_be_an_object() {
        let list = read_config(br#"{"version": 1, "Proxies": [{"name": "a"}]}"#).unwrap();
        assert_eq!(list[0].name.as_deref(), Some("a"));
        let fault = read_config(br#"{"proxy": []}"#).unwrap_err().to_string();
        assert!(fault.contains("\"proxies\""), "{fault}");
        let fault = read_config(br#"{"proxies": [{"name": 5}]}"#).unwrap_err();
        assert_eq!(fault.to_string(), "proxy 1: name is 5, expected a string");
    }
}
