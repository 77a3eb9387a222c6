//! The schemas of attributes, made from their types.
//!
//! Must not know: kinds of toxic, the rest of the document.

use super::tree::Tree;
use crate::control::{Attribute, Type};
use crate::http::views::attribute;
use crate::util::duration;

/// A `$ref` to another schema.
pub(super) fn reference(name: &str) -> Tree {
    Tree::object([("$ref", Tree::value(format!("#/components/schemas/{name}")))])
}

pub(super) fn or_null(schema: Tree) -> Tree {
    let null = Tree::object([("type", Tree::value("null"))]);
    Tree::object([("anyOf", Tree::List(vec![schema, null]))])
}

/// The schema of an attribute in requests, which answers show in the schema `home`.
pub(super) fn given(attribute: &Attribute, home: &str) -> Tree {
    match has_time(&attribute.value_type) {
        // Requests may give times as whole milliseconds; answers show them as text.
        true => type_schema(&attribute.value_type, "Span"),
        false => reference(&format!("{home}/properties/{}", attribute.name)),
    }
}

fn has_time(value_type: &Type) -> bool {
    match value_type {
        Type::Duration { .. } => true,
        Type::List { of, .. } | Type::Map { of, .. } => has_time(of),
        Type::Object { fields } => fields.iter().any(|field| has_time(&field.value_type)),
        Type::OneOf(types) => types.iter().any(has_time),
        _ => false,
    }
}

/// The schema of an attribute in answers.
pub(super) fn property(attribute: &Attribute) -> Tree {
    described(attribute, "SpanShown")
}

fn described(attribute: &Attribute, time: &str) -> Tree {
    let mut schema = Tree::object([("description", Tree::value(description(attribute)))]);
    let mut value_type = type_schema(&attribute.value_type, time);
    if let Type::Object { fields } = &attribute.value_type
        && attribute.beside
        && fields.iter().any(|field| field.required)
    {
        // An empty object stands for no value.
        let empty = Tree::object([("type", Tree::value("object"))]);
        let empty = empty.with("maxProperties", Tree::value(0));
        value_type = Tree::object([("anyOf", Tree::List(vec![value_type, empty]))]);
    }
    if let Tree::Object(members) = value_type {
        for (name, tree) in members {
            schema = schema.with(&name, tree);
        }
    }
    if let Some(default) = &attribute.default {
        schema = schema.with("default", Tree::value(attribute::json(default)));
    }
    if !attribute.unit.is_empty() {
        schema = schema.with("x-unit", Tree::value(attribute.unit));
    }
    if let Type::Integer { accepted, sensible } = &attribute.value_type {
        schema = schema.with("x-sensible-minimum", Tree::value(sensible.start()));
        if sensible.end() != accepted.end() {
            schema = schema.with("x-sensible-maximum", Tree::value(sensible.end()));
        }
    }
    if let Type::Number { accepted, sensible } = &attribute.value_type
        && sensible != accepted
    {
        schema = schema.with("x-sensible-minimum", Tree::value(sensible.start()));
        schema = schema.with("x-sensible-maximum", Tree::value(sensible.end()));
    }
    match &attribute.example {
        Some(example) => schema.with("examples", Tree::value([attribute::json(example)])),
        None => schema,
    }
}

fn description(attribute: &Attribute) -> String {
    let mut letters = attribute.about.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    let mut text: String = first.into_iter().chain(letters).collect();
    text.push('.');
    if !attribute.unit.is_empty() {
        text.push_str(&format!(" In {}.", attribute.unit));
    }
    if attribute.required {
        text.push_str(" Required when the toxic is created.");
    }
    if let Type::Integer { accepted, sensible } = &attribute.value_type
        && sensible.start() > accepted.start()
    {
        let least = sensible.start();
        text.push_str(&format!(
            " Sensible from {least}. Taken below {least} as well, which acts like {least} and \
             is logged as a warning (refused with --strict)."
        ));
    }
    if let Type::Number { accepted, sensible } = &attribute.value_type
        && sensible != accepted
    {
        let (low, high) = (sensible.start(), sensible.end());
        text.push_str(&format!(
            " Sensible from {low} to {high}. Another number acts like the nearest of them and is \
             logged as a warning (refused with --strict)."
        ));
    }
    if let Type::Duration { accepted } = &attribute.value_type {
        let (least, most) = accepted.clone().into_inner();
        let (least, most) = (duration::text(least), duration::text(most));
        text.push_str(&format!(" From {least} to {most}."));
    }
    text
}

/// The schema of a field of an object. As everywhere, `null` stands for a field that is not given.
fn field(field: &Attribute, time: &str) -> Tree {
    let schema = described(field, time);
    match field.required {
        true => schema,
        false => or_null(schema),
    }
}

/// The schema of a value type; `time` names the schema for times.
fn type_schema(value_type: &Type, time: &str) -> Tree {
    let of_type = |name: &str| Tree::object([("type", Tree::value(name))]);
    match value_type {
        Type::Integer { accepted, .. } => of_type("integer")
            .with("format", Tree::value("int64"))
            .with("minimum", Tree::value(accepted.start()))
            .with("maximum", Tree::value(accepted.end())),
        // JSON has no numbers beyond those of `f64` that the server would read.
        Type::Number { accepted, .. } if *accepted == (f64::MIN..=f64::MAX) => of_type("number"),
        Type::Number { accepted, .. } => of_type("number")
            .with("minimum", Tree::value(accepted.start()))
            .with("maximum", Tree::value(accepted.end())),
        Type::Null => of_type("null"),
        Type::Boolean => of_type("boolean"),
        Type::Text {
            choices: [],
            max_bytes,
        } => of_type("string").with("maxLength", Tree::value(max_bytes)),
        Type::Text { choices, .. } => of_type("string").with("enum", Tree::value(choices)),
        Type::Duration { .. } => reference(time),
        Type::List { of, max_entries } => of_type("array")
            .with("items", type_schema(of, time))
            .with("maxItems", Tree::value(max_entries)),
        Type::Map { of, max_entries } => of_type("object")
            .with("additionalProperties", type_schema(of, time))
            .with("maxProperties", Tree::value(max_entries)),
        Type::Object { fields } => {
            let properties = fields.iter();
            let properties = properties.map(|one| (one.name.to_owned(), field(one, time)));
            let needed = fields.iter().filter(|one| one.required);
            let needed: Vec<&str> = needed.map(|one| one.name).collect();
            of_type("object")
                .with("properties", Tree::Object(properties.collect()))
                .with("required", Tree::value(needed))
                .with("additionalProperties", Tree::value(false))
        }
        Type::OneOf(types) => {
            let types = types.iter().map(|one| type_schema(one, time));
            Tree::object([("anyOf", Tree::List(types.collect()))])
        }
    }
}
