//! A config file → the profiles to define and the proxies to create.

use super::text;
use crate::control::{NewProxy, Profile};
use crate::decode::fields::{LIST_OF_PROXIES, first, look};
use crate::decode::json::Value;
use crate::decode::profile::read_profiles;
use crate::decode::{DecodeError, JsonPath, read_proxies};

/// What a config file says.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Profiles to define before any proxy is created.
    pub profiles: Vec<Profile>,
    /// Proxies to create, with their toxics.
    pub proxies: Vec<NewProxy>,
}

/// Reads a config file: a JSON list of proxies, including toxics, or an object with the list as its
/// `proxies`, and custom profiles as its `profiles` if it has any. `null` is the empty list.
///
/// # Errors
/// The error names the entry, the field, its value and what was expected.
pub fn read_config(text: &[u8]) -> Result<Config, DecodeError> {
    let decoded = text::decode(text).map_err(DecodeError::Syntax)?;
    let raw = first(&decoded, LIST_OF_PROXIES)?;
    let Value::Object(members) = look(raw)? else {
        return Ok(Config {
            proxies: read_proxies(decoded.as_bytes())?,
            ..Config::default()
        });
    };
    let (mut list, mut profiles) = (None, Vec::new());
    for (name, raw) in members {
        match name.as_str() {
            "proxies" => list = Some(read_proxies(raw.get().as_bytes())?),
            "profiles" => profiles = read_profiles(raw)?,
            _ => {}
        }
    }
    let proxies = list.ok_or_else(|| {
        JsonPath::default().wrong(
            raw.get(),
            "a list of proxies, or an object that has it as \"proxies\"",
        )
    })?;
    Ok(Config { profiles, proxies })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_file_may_be_an_object() {
        let text = br#"{"version": 1, "Profiles": {"P": {}}, "Proxies": [{"name": "a"}]}"#;
        let config = read_config(text).unwrap();
        assert_eq!(config.proxies[0].name.as_deref(), Some("a"));
        assert_eq!(config.profiles[0].name, "P");
        assert!(read_config(br#"{"profiles": {"P": {}}}"#).is_err());
        let fault = read_config(br#"{"proxy": []}"#).unwrap_err().to_string();
        assert!(fault.contains("\"proxies\""), "{fault}");
        let fault = read_config(br#"{"proxies": [{"name": 5}]}"#).unwrap_err();
        assert_eq!(fault.to_string(), "proxy 1: name is 5, expected a string");
    }
}
