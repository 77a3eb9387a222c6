//! A JSON document with ordered members, which can be read, changed and written again.
//!
//! Scalars are kept as text. Must not know what a document is about.

use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::decode::json::{self, Value};

/// A JSON value with everything in it.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    /// Members in order.
    Object(Vec<(String, Tree)>),
    /// Entries in order.
    List(Vec<Tree>),
    /// Anything else, as its JSON text.
    Scalar(Box<RawValue>),
}

impl Tree {
    /// Reads a JSON text. It is an error if the text is not JSON.
    pub(super) fn read(text: &str) -> serde_json::Result<Self> {
        Tree::of(json::first(text)?)
    }

    fn of(raw: &RawValue) -> serde_json::Result<Self> {
        if raw.get().starts_with('{') {
            let members = json::members(raw)?.into_iter();
            let members = members.map(|(name, raw)| Ok((name, Tree::of(raw)?)));
            return Ok(Tree::Object(members.collect::<serde_json::Result<_>>()?));
        }
        match json::look(raw)? {
            Value::List(entries) => {
                let entries = entries.into_iter().map(Tree::of);
                Ok(Tree::List(entries.collect::<serde_json::Result<_>>()?))
            }
            _ => Ok(Tree::Scalar(raw.to_owned())),
        }
    }

    /// Makes a tree from any value. Members of an object are sorted by name.
    pub(super) fn value(value: impl Serialize) -> Self {
        let text = serde_json::to_string(&value);
        // Serializing strings, numbers and lists of them cannot fail.
        let tree = text.and_then(|text| Tree::read(&text));
        tree.unwrap_or(Tree::List(Vec::new()))
    }

    /// Makes an object.
    pub(super) fn object<const N: usize>(members: [(&str, Tree); N]) -> Self {
        let members = members.into_iter();
        Tree::Object(
            members
                .map(|(name, tree)| (name.to_owned(), tree))
                .collect(),
        )
    }

    /// Adds a member to an object.
    pub(super) fn with(mut self, name: &str, tree: Tree) -> Self {
        if let Tree::Object(members) = &mut self {
            members.push((name.to_owned(), tree));
        }
        self
    }

    /// The member with this name, if this is an object that has one.
    pub(super) fn member(&mut self, name: &str) -> Option<&mut Tree> {
        let Tree::Object(members) = self else {
            return None;
        };
        let member = members.iter_mut().find(|(own, _)| own == name);
        member.map(|(_, tree)| tree)
    }

    /// Replaces the value at a path of member names, if the path exists.
    pub(super) fn replace(&mut self, path: &[&str], with: Tree) {
        let mut place = Some(self);
        for name in path {
            place = place.and_then(|tree| tree.member(name));
        }
        if let Some(place) = place {
            *place = with;
        }
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Tree::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, tree)| (name, tree)))
            }
            Tree::List(entries) => serializer.collect_seq(entries),
            Tree::Scalar(raw) => raw.serialize(serializer),
        }
    }
}
