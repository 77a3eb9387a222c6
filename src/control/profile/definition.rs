//! A network profile as a value: built in, or from a config file.

use std::collections::HashMap;

use crate::control::toxic::options::ToxicOptions;
use crate::control::view::{NewToxic, ToxicView};
use crate::engine::Direction;
use crate::toxics::Value;
use crate::toxics::profiles::{BuiltInProfile, Path, built_in};

/// A named set of toxics for both streams.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// The name.
    pub name: String,
    /// One sentence for users.
    pub description: String,
    /// Where its numbers come from.
    pub source: String,
    /// Its upstream toxics in the order in which bytes pass them. Names, streams and sessions are not looked at: a
    /// proxy gives them.
    pub upstream: Vec<NewToxic>,
    /// The same for downstream.
    pub downstream: Vec<NewToxic>,
}

/// A profile as lists show it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProfileDefinition {
    /// The name.
    pub name: String,
    /// One sentence for users.
    pub description: String,
    /// Where its numbers come from.
    pub source: String,
    /// Its toxics, with the names that they get on a proxy: upstream ones first.
    pub toxics: Vec<ToxicView>,
    /// Whether it comes from a config file.
    pub is_custom: bool,
}

impl Profile {
    /// The names of the built-in profiles.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> + Clone {
        built_in().map(|profile| profile.name)
    }

    /// Its toxics as a proxy gets them, with names and streams.
    pub fn toxics_on_proxy(&self) -> Vec<NewToxic> {
        self.toxics(&ToxicOptions::default())
    }

    /// How many toxics it has.
    pub(in crate::control) fn len(&self) -> usize {
        self.upstream.len() + self.downstream.len()
    }

    /// Its toxics as a proxy takes them, upstream ones first. `options` take the place of the profile's own.
    pub(in crate::control) fn toxics(&self, options: &ToxicOptions) -> Vec<NewToxic> {
        let mut counts: HashMap<(&str, &str), usize> = HashMap::new();
        let sides = [
            (Direction::Upstream, &self.upstream),
            (Direction::Downstream, &self.downstream),
        ];
        let all = sides.into_iter().flat_map(|(direction, toxics)| {
            let stream = direction.name();
            toxics.iter().map(move |toxic| (stream, toxic))
        });
        let named = all.map(|(stream, toxic)| {
            let count = counts.entry((stream, toxic.kind.as_str())).or_default();
            *count += 1;
            NewToxic {
                name: Some(name(&toxic.kind, stream, *count)),
                stream: Some(stream.to_owned()),
                options: options.clone().or(toxic.options.clone()),
                ..toxic.clone()
            }
        });
        named.collect()
    }

    pub(super) fn built_in(profile: &BuiltInProfile) -> Self {
        Profile {
            name: profile.name.to_owned(),
            description: profile.description.to_owned(),
            source: profile.source.to_owned(),
            upstream: new_toxics(&profile.upstream),
            downstream: new_toxics(&profile.downstream),
        }
    }
}

/// The name of a profile's toxic. A second one of the same kind in the same stream gets a number.
fn name(kind: &str, stream: &str, count: usize) -> String {
    match count {
        1 => format!("profile_{kind}_{stream}"),
        count => format!("profile_{kind}_{stream}_{count}"),
    }
}

fn new_toxics(path: &Path) -> Vec<NewToxic> {
    let toxics = path.toxics().into_iter();
    let new = toxics.map(|(kind, attributes)| NewToxic {
        kind: kind.to_owned(),
        attributes: attributes
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::Integer(value)))
            .collect(),
        ..NewToxic::default()
    });
    new.collect()
}
