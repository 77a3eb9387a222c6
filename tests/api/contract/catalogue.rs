//! The document and the catalogue of toxics say the same.

use std::collections::BTreeSet;

use aconite::toxics::{Attribute, Catalogue, Kind, Type};
use serde_json::{Value, json};

use super::document::Document;

/// `slow_close` → `SlowClose`.
fn title(kind: &str) -> String {
    let words = kind
        .split('_')
        .map(|word| word[..1].to_uppercase() + &word[1..]);
    words.collect()
}

fn schema<'a>(document: &'a Document, name: &str) -> &'a Value {
    let schema = &document.root["components"]["schemas"][name];
    assert!(schema.is_object(), "there is no schema {name}");
    schema
}

fn strings(value: &Value) -> BTreeSet<&str> {
    let items = value.as_array().into_iter().flatten();
    items.map(|item| item.as_str().unwrap()).collect()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn names(kind: &Kind) -> BTreeSet<&'static str> {
    kind.attributes
        .iter()
        .map(|attribute| attribute.name)
        .collect()
}

#[test]
fn every_attribute_agrees() {
    let document = Document::load();
    for kind in Catalogue::default().kinds() {
        let shown = schema(&document, &format!("{}Attributes", title(kind.name)));
        assert_eq!(shown["x-toxic-type"], kind.name);
        assert_eq!(keys(&shown["properties"]), names(kind), "{}", kind.name);
        assert_eq!(strings(&shown["required"]), names(kind), "{}", kind.name);
        for attribute in &kind.attributes {
            agrees(&shown["properties"][attribute.name], attribute, kind.name);
        }
    }
}

fn agrees(schema: &Value, attribute: &Attribute, kind: &str) {
    let what = format!("{kind}.{}: {schema}", attribute.name);
    let Type::Integer { accepted, sensible } = &attribute.value_type else {
        panic!("{what}");
    };
    assert_eq!(schema["type"], "integer", "{what}");
    assert_eq!(schema["format"], "int64", "{what}");
    assert_eq!(schema["x-unit"], attribute.unit, "{what}");
    assert_eq!(schema["minimum"], json!(accepted.start()), "{what}");
    assert_eq!(schema["maximum"], json!(accepted.end()), "{what}");
    let bound =
        |name: &str, otherwise: &str| schema.get(name).unwrap_or(&schema[otherwise]).clone();
    assert_eq!(
        bound("x-sensible-minimum", "minimum"),
        json!(sensible.start()),
        "{what}"
    );
    assert_eq!(
        bound("x-sensible-maximum", "maximum"),
        json!(sensible.end()),
        "{what}"
    );
    assert_eq!(
        schema.get("default"),
        attribute
            .default
            .as_ref()
            .and_then(|value| value.as_integer())
            .map(Value::from)
            .as_ref(),
        "{what}"
    );
    assert!(schema["description"].is_string(), "{what}");
    // What is accepted without sense is accepted with a word about it.
    if sensible.start() > accepted.start() {
        assert!(
            schema["description"].as_str().unwrap().contains("--strict"),
            "{what}"
        );
    }
}

#[test]
fn every_kind_can_be_shown_created_and_changed() {
    let document = Document::load();
    for kind in Catalogue::default().kinds() {
        let title = title(kind.name);
        let settings = schema(&document, &format!("{title}Settings"));
        assert_eq!(keys(&settings["properties"]), names(kind));
        for name in names(kind) {
            let there = format!("#/components/schemas/{title}Attributes/properties/{name}");
            let expected = json!({"anyOf": [{"$ref": there}, {"type": "null"}]});
            assert_eq!(
                settings["properties"][name], expected,
                "{title}Settings.{name}"
            );
        }
        assert!(settings.get("required").is_none(), "{title}Settings");
        let new = schema(&document, &format!("New{title}Toxic"));
        let needed = kind
            .attributes
            .iter()
            .filter(|attribute| attribute.required);
        let needed: BTreeSet<&str> = needed.map(|attribute| attribute.name).collect();
        let expected = if needed.is_empty() {
            vec!["type"]
        } else {
            vec!["type", "attributes"]
        };
        assert_eq!(strings(&new["required"]), expected.into_iter().collect());
        assert_eq!(
            strings(&new["properties"]["attributes"]["required"]),
            needed,
            "{title}"
        );
        for schema in [new, schema(&document, &format!("{title}Toxic"))] {
            assert_eq!(schema["properties"]["type"]["const"], kind.name);
        }
    }
}

#[test]
fn no_kind_is_missing_or_made_up() {
    let document = Document::load();
    let kinds: BTreeSet<&str> = Catalogue::default().names().collect();
    assert_eq!(strings(&schema(&document, "ToxicType")["enum"]), kinds);
    for (family, prefix) in [("Toxic", ""), ("NewToxic", "New")] {
        let family = schema(&document, family);
        let references: BTreeSet<String> = Catalogue::default()
            .kinds()
            .map(|kind| format!("#/components/schemas/{prefix}{}Toxic", title(kind.name)))
            .collect();
        let one_of = family["oneOf"].as_array().unwrap().iter();
        let one_of = one_of.map(|schema| schema["$ref"].as_str().unwrap().to_owned());
        assert_eq!(one_of.collect::<BTreeSet<_>>(), references);
        let mapping = &family["discriminator"]["mapping"];
        assert_eq!(keys(mapping), kinds);
        for kind in Catalogue::default().kinds() {
            let to = format!("#/components/schemas/{prefix}{}Toxic", title(kind.name));
            assert_eq!(mapping[kind.name], to);
        }
    }
    for (name, schema) in document.root["components"]["schemas"].as_object().unwrap() {
        for end in ["Attributes", "Settings"] {
            if let Some(start) = name.strip_suffix(end) {
                assert!(
                    kinds.iter().any(|kind| title(kind) == start),
                    "{name} has no kind"
                );
            }
        }
        if let Some(kind) = schema.get("x-toxic-type") {
            assert!(kinds.contains(kind.as_str().unwrap()), "{name}: {kind}");
        }
    }
}
