//! `GET /openapi.json`: the API's document, including the kinds of toxic that this server knows.
//!
//! `api/openapi.json` is the document of a server with Toxiproxy's kinds. It is also the template: its
//! schemas of kinds are replaced by those made from the catalogue. A test checks that the file equals the
//! generated document.

mod attributes;
mod kinds;
mod tree;

use attributes::reference;
use kinds::{MARK, beside_in_changes, common_schemas, schemas, title};
use tree::Tree;

use crate::control::Catalogue;

/// The document of a server with Toxiproxy's kinds.
pub const TEMPLATE: &str = include_str!("../../../api/openapi.json");

/// The document of a server with these kinds of toxic.
///
/// # Errors
/// None for the template.
pub fn openapi(catalogue: &Catalogue) -> serde_json::Result<String> {
    let mut document = Tree::read(TEMPLATE)?;
    let components = document.member("components");
    if let Some(Tree::Object(all)) = components.and_then(|tree| tree.member("schemas")) {
        let is_old = |entry: &mut (String, Tree)| entry.1.member(MARK).is_some();
        let place = all.iter_mut().position(is_old).unwrap_or(0);
        all.retain_mut(|entry| !is_old(entry));
        let new = catalogue.kinds().flat_map(|kind| schemas(kind));
        let new: Vec<_> = new.chain(common_schemas()).collect();
        all.splice(place..place, new);
    }
    let schema = |path: &[&'static str]| [&["components", "schemas"], path].concat();
    let names: Vec<&str> = catalogue.names().collect();
    document.replace(&schema(&["ToxicType", "enum"]), Tree::value(&names));
    for (family, prefix) in [("Toxic", ""), ("NewToxic", "New")] {
        let names = names
            .iter()
            .map(|kind| (*kind, format!("{prefix}{}Toxic", title(kind))));
        let one_of = names
            .clone()
            .map(|(_, schema)| reference(&schema))
            .collect();
        document.replace(&schema(&[family, "oneOf"]), Tree::List(one_of));
        let mapping = names.map(|(kind, schema)| {
            let to = format!("#/components/schemas/{schema}");
            (kind.to_owned(), Tree::value(to))
        });
        let path = schema(&[family, "discriminator", "mapping"]);
        document.replace(&path, Tree::Object(mapping.collect()));
    }
    let settings = names
        .iter()
        .map(|kind| reference(&format!("{}Settings", title(kind))));
    let null = Tree::object([("type", Tree::value("null"))]);
    let settings = settings.chain([null]).collect();
    let path = schema(&["ToxicChange", "properties", "attributes", "anyOf"]);
    document.replace(&path, Tree::List(settings));
    let mut change = Some(&mut document);
    for name in schema(&["ToxicChange", "properties"]) {
        change = change.and_then(|tree| tree.member(name));
    }
    if let Some(Tree::Object(properties)) = change {
        properties.retain(|(name, _)| matches!(name.as_str(), "attributes" | "toxicity"));
        properties.extend(beside_in_changes(catalogue));
    }
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
