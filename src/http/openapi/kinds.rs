//! The schemas of one kind of toxic, made from its entry in the catalogue.
//!
//! There are four for each kind: its attributes in answers and in requests, and the toxic in answers and in
//! creations. All of them carry `x-toxic-type`, which identifies the schemas that were generated.

use super::tree::Tree;
use crate::control::{Attribute, Kind, Type};
use crate::http::views::attribute;
use crate::util::duration;

/// The key that marks a kind's schemas.
pub(super) const MARK: &str = "x-toxic-type";

/// `slow_close` → `SlowClose`.
pub(super) fn title(kind: &str) -> String {
    let words = kind.split('_').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}

/// A `$ref` to another schema.
pub(super) fn reference(name: &str) -> Tree {
    Tree::object([("$ref", Tree::value(format!("#/components/schemas/{name}")))])
}

fn or_null(schema: Tree) -> Tree {
    let null = Tree::object([("type", Tree::value("null"))]);
    Tree::object([("anyOf", Tree::List(vec![schema, null]))])
}

/// The four schemas of a kind, with their names.
pub(super) fn schemas(kind: &Kind) -> [(String, Tree); 4] {
    let title = title(kind.name);
    [
        (format!("{title}Attributes"), attributes(kind)),
        (format!("{title}Settings"), settings(kind, &title)),
        (format!("{title}Toxic"), shown(kind, &title)),
        (format!("New{title}Toxic"), new(kind, &title)),
    ]
}

fn marked(schema: Tree, kind: &Kind) -> Tree {
    schema.with(MARK, Tree::value(kind.name))
}

fn attributes(kind: &Kind) -> Tree {
    let about = format!(
        "Attributes of a `{}` toxic as answers show them. {}",
        kind.name, kind.details
    );
    let properties = kind.attributes.iter();
    let properties = properties.map(|one| (one.name.to_owned(), property(one)));
    let schema = Tree::object([
        ("description", Tree::value(about)),
        ("type", Tree::value("object")),
        ("properties", Tree::Object(properties.collect())),
    ]);
    let always = kind.attributes.iter();
    let always = always.filter(|one| one.required || one.default.is_some());
    let always: Vec<&str> = always.map(|one| one.name).collect();
    let schema = match always.is_empty() {
        true => schema,
        false => schema.with("required", Tree::value(always)),
    };
    marked(schema, kind)
}

fn settings(kind: &Kind, title: &str) -> Tree {
    let about = format!(
        "Attributes of a `{}` toxic as requests give them. One that is absent or null keeps its \
         value in an update, and takes its default in a creation. Names match in any case, unknown \
         ones are ignored, whole numbers must be written without a fraction or exponent.",
        kind.name
    );
    let properties = kind.attributes.iter();
    let properties = properties.map(|one| (one.name.to_owned(), or_null(given(one, title))));
    let schema = Tree::object([
        ("description", Tree::value(about)),
        ("type", Tree::value("object")),
        ("properties", Tree::Object(properties.collect())),
    ]);
    marked(schema, kind)
}

fn shown(kind: &Kind, title: &str) -> Tree {
    let toxic = toxic(kind, "ToxicBase", reference(&format!("{title}Attributes")));
    marked(
        toxic.with("required", Tree::value(["type", "attributes"])),
        kind,
    )
}

fn new(kind: &Kind, title: &str) -> Tree {
    let settings = reference(&format!("{title}Settings"));
    let needed: Vec<&Attribute> = kind.attributes.iter().filter(|one| one.required).collect();
    if needed.is_empty() {
        let toxic = toxic(kind, "NewToxicBase", or_null(settings));
        return marked(toxic.with("required", Tree::value(["type"])), kind);
    }
    let properties = needed.iter();
    let properties = properties.map(|one| (one.name.to_owned(), given(one, title)));
    let names: Vec<&str> = needed.iter().map(|one| one.name).collect();
    let attributes = Tree::object([
        ("allOf", Tree::List(vec![settings])),
        ("type", Tree::value("object")),
        ("properties", Tree::Object(properties.collect())),
        ("required", Tree::value(names)),
    ]);
    let toxic = toxic(kind, "NewToxicBase", attributes);
    marked(
        toxic.with("required", Tree::value(["type", "attributes"])),
        kind,
    )
}

fn toxic(kind: &Kind, base: &str, attributes: Tree) -> Tree {
    let kind_name = Tree::object([
        ("type", Tree::value("string")),
        ("const", Tree::value(kind.name)),
    ]);
    let properties = Tree::object([("type", kind_name), ("attributes", attributes)]);
    Tree::object([
        ("description", Tree::value(kind.details)),
        ("allOf", Tree::List(vec![reference(base)])),
        ("type", Tree::value("object")),
        ("properties", properties),
    ])
}

/// The schema of an attribute in requests.
fn given(attribute: &Attribute, title: &str) -> Tree {
    match has_time(&attribute.value_type) {
        // Requests may give times as whole milliseconds; answers show them as text.
        true => type_schema(&attribute.value_type, "Span"),
        false => reference(&format!("{title}Attributes/properties/{}", attribute.name)),
    }
}

fn has_time(value_type: &Type) -> bool {
    match value_type {
        Type::Duration { .. } => true,
        Type::List { of, .. } | Type::Map { of, .. } => has_time(of),
        _ => false,
    }
}

/// The schema of an attribute in answers.
fn property(attribute: &Attribute) -> Tree {
    let mut schema = Tree::object([("description", Tree::value(description(attribute)))]);
    if let Tree::Object(members) = type_schema(&attribute.value_type, "SpanShown") {
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
    if let Type::Duration { accepted } = &attribute.value_type {
        let (least, most) = accepted.clone().into_inner();
        let (least, most) = (duration::text(least), duration::text(most));
        text.push_str(&format!(" From {least} to {most}."));
    }
    text
}

/// The schema of a value type; `time` names the schema for times.
fn type_schema(value_type: &Type, time: &str) -> Tree {
    let of_type = |name: &str| Tree::object([("type", Tree::value(name))]);
    match value_type {
        Type::Integer { accepted, .. } => of_type("integer")
            .with("format", Tree::value("int64"))
            .with("minimum", Tree::value(accepted.start()))
            .with("maximum", Tree::value(accepted.end())),
        Type::Number { accepted } => of_type("number")
            .with("minimum", Tree::value(accepted.start()))
            .with("maximum", Tree::value(accepted.end())),
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
    }
}
