//! Network profiles.

use serde::{Deserialize, Serialize};

use super::toxic::{Attributes, Toxic, ToxicOptions};

/// The answer of `GET /profiles`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Profiles {
    /// The built-in profiles, then the custom ones.
    pub profiles: Vec<Profile>,
}

/// A profile, in a list and in a config file.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Profile {
    /// Its name. A config file has it as the key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// One sentence for users.
    #[serde(default)]
    pub description: String,
    /// Where its numbers come from.
    #[serde(default)]
    pub source: String,
    /// Its upstream toxics in the order in which bytes pass them.
    pub upstream: Vec<ProfileToxic>,
    /// Its downstream toxics.
    pub downstream: Vec<ProfileToxic>,
}

/// A toxic of a profile. Its name and stream follow from its place in the profile.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ProfileToxic {
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// The share of connections that it applies to.
    pub toxicity: f32,
    /// Its attributes.
    #[serde(default)]
    pub attributes: Attributes,
    /// The options that only aconite has.
    #[serde(flatten)]
    pub options: ToxicOptions,
    /// The attributes that are placed beside `attributes`.
    #[serde(flatten)]
    pub beside: Attributes,
}

/// The profile of a proxy.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ProfileOnProxy {
    /// Its name.
    pub name: String,
    /// One sentence for users.
    pub description: String,
    /// Where its numbers come from.
    pub source: String,
    /// Its toxics that are there, as they are.
    pub toxics: Vec<Toxic>,
    /// The names of those that were removed.
    pub missing: Vec<String>,
    /// The names of those whose settings were changed.
    pub changed: Vec<String>,
}

/// A profile to put on, as a client sends it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NewProfile {
    /// Its name.
    pub name: String,
    /// Options of all its toxics.
    #[serde(flatten)]
    pub options: ToxicOptions,
}

impl From<Toxic> for ProfileToxic {
    fn from(toxic: Toxic) -> Self {
        ProfileToxic {
            kind: toxic.kind,
            toxicity: toxic.toxicity,
            attributes: toxic.attributes,
            options: toxic.options,
            beside: toxic.beside,
        }
    }
}
