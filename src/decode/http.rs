//! Decodes the option `http` of a proxy.

use serde_json::value::RawValue;

use super::error::{DecodeError, JsonPath};
use super::fields::{boolean, keep, look, string};
use super::json::Value;
use crate::control::{HttpOptions, HttpSetting};

const HTTP: &str = "true, false, or an object with host and locations";

/// `None` if it is `null`, which says nothing. `here` is the proxy.
pub(super) fn setting(here: JsonPath, raw: &RawValue) -> Result<Option<HttpSetting>, DecodeError> {
    let members = match look(raw)? {
        Value::Null => return Ok(None),
        Value::Bool(true) => Vec::new(),
        Value::Bool(false) => return Ok(Some(HttpSetting::Off)),
        Value::Object(members) => members,
        _ => return Err(here.field("http").wrong(raw.get(), HTTP)),
    };
    let mut options = HttpOptions::default();
    for (name, raw_value) in members {
        match name.as_str() {
            "host" => keep(
                &mut options.host,
                string(here.field("http.host"), raw_value)?,
            ),
            "locations" => {
                let here = here.field("http.locations");
                keep(&mut options.locations, boolean(here, raw_value)?);
            }
            _ => return Err(here.field("http").wrong(raw.get(), HTTP)),
        }
    }
    Ok(Some(HttpSetting::On(options)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::proxies::{new_proxy, proxy_change};

    fn read(http: &str) -> Result<Option<HttpSetting>, String> {
        let body = format!(r#"{{"http":{http}}}"#);
        let new = new_proxy(body.as_bytes()).map(|new| new.http);
        let change = proxy_change(body.as_bytes()).map(|change| change.http);
        assert_eq!(new, change);
        new.map_err(|error| error.to_string())
    }

    fn on(host: Option<&str>, locations: Option<bool>) -> Result<Option<HttpSetting>, String> {
        let host = host.map(str::to_owned);
        Ok(Some(HttpSetting::On(HttpOptions { host, locations })))
    }

    #[test]
    fn http_is_a_flag_or_an_object() {
        assert_eq!(read("null"), Ok(None));
        assert_eq!(read("false"), Ok(Some(HttpSetting::Off)));
        assert_eq!(read("true"), on(None, None));
        assert_eq!(read("{}"), on(None, None));
        assert_eq!(read(r#"{"host":null,"locations":null}"#), on(None, None));
        let both = r#"{"host":"a:1","locations":false}"#;
        assert_eq!(read(both), on(Some("a:1"), Some(false)));
        assert_eq!(read(r#"{"host":"a","host":"b"}"#), on(Some("b"), None));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (http, named) in [
            ("1", "http is 1, expected true, false, or an object"),
            ("\"on\"", "http is \"on\", expected true"),
            ("[]", "http is [], expected true"),
            (r#"{"hots":"a"}"#, "http is {\"hots\":\"a\"}, expected true"),
            (r#"{"host":5}"#, "http.host is 5, expected a string"),
            (
                r#"{"locations":"no"}"#,
                "http.locations is \"no\", expected true or false",
            ),
        ] {
            let error = read(http).unwrap_err();
            assert!(error.contains(named), "{http}: {error}");
        }
    }
}
