//! The step `http`, as a value: a request and its expected answer.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::scenario::present;

/// One request with its expectation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct HttpStep {
    pub method: String,
    pub path: String,
    #[serde(default)]
    pub headers: BTreeMap<String, Option<String>>,
    #[serde(default, deserialize_with = "present")]
    pub json: Option<Value>,
    pub raw: Option<String>,
    pub raw_hex: Option<String>,
    #[serde(default)]
    pub leading_spaces: usize,
    #[serde(default)]
    pub chunked: bool,
    #[serde(default)]
    pub bind: BTreeMap<String, String>,
    pub retry_ms: Option<u64>,
    pub expect: Expect,
}

/// The expected answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Expect {
    pub status: u16,
    #[serde(default)]
    pub headers: BTreeMap<String, Option<HeaderRule>>,
    pub body: Option<BodyRule>,
}

/// The expected value of a header.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum HeaderRule {
    Equal(String),
    Matches { pattern: String },
}

/// The expected body.
#[derive(Debug, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum BodyRule {
    Any {},
    Empty {},
    Text {
        text: String,
    },
    Exact {
        json: Value,
        newline: Option<bool>,
    },
    Prefix {
        json: Value,
        newline: Option<bool>,
        #[allow(dead_code)]
        seen: Option<IgnoredAny>,
    },
    Keys {
        json: Value,
    },
    Metrics {
        lines: Vec<String>,
    },
}
