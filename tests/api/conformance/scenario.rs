//! Parses recordings. Anything that the format does not define is an error: a member that was
//! silently ignored would be a check that never ran.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::step::{Step, UpstreamSpec};

/// One recording.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The file's name without its extension.
    pub name: String,
    /// What the recording demonstrates.
    pub purpose: String,
    /// Why Toxiproxy's behaviour looks unintended, if it does.
    pub quirk: Option<String>,
    /// How to start the server.
    #[serde(default)]
    pub server: ServerSpec,
    /// Names of ports to pick.
    #[serde(default)]
    pub ports: Vec<String>,
    /// What to start before the steps.
    #[serde(default)]
    pub upstreams: BTreeMap<String, UpstreamSpec>,
    /// What to do.
    #[serde(deserialize_with = "steps")]
    pub steps: Vec<Step>,
}

/// How to start the server.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSpec {
    /// Arguments to append.
    #[serde(default)]
    pub args: Vec<String>,
    /// `Some(None)`: the path of a file that does not exist.
    #[serde(default, deserialize_with = "present")]
    pub config: Option<Option<String>>,
}

impl Scenario {
    /// All recordings in `folder`, by name.
    ///
    /// # Errors
    /// The first file that cannot be read, or that is not a recording with its name.
    pub fn load_all(folder: &Path) -> Result<Vec<Self>, String> {
        let fault = |error| format!("cannot list {}: {error}", folder.display());
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .map_err(fault)?
            .map(|entry| entry.map(|entry| entry.path()).map_err(fault))
            .collect::<Result<_, _>>()?;
        paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
        paths.sort();
        paths.iter().map(|path| Self::load(path)).collect()
    }

    fn load(path: &Path) -> Result<Self, String> {
        let fault = |what: String| format!("{}: {what}", path.display());
        let text = fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
        let scenario: Self =
            serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?;
        if path
            .file_stem()
            .is_none_or(|stem| stem != scenario.name.as_str())
        {
            return Err(fault(format!("its name is {:?}", scenario.name)));
        }
        Ok(scenario)
    }
}

/// Distinguishes `null` from an absent member.
pub fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

fn steps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Step>, D::Error> {
    let values: Vec<Map<String, Value>> = Vec::deserialize(deserializer)?;
    values
        .into_iter()
        .enumerate()
        .map(|(index, value)| {
            Step::from_json(value)
                .map_err(|error| serde::de::Error::custom(format!("step {}: {error}", index + 1)))
        })
        .collect()
}
