//! The schemas of one kind of toxic, made from its entry in the catalogue.
//!
//! There are four for each kind: its attributes in answers and in requests, and the toxic in answers and in
//! creations. Attributes that every kind has are two schemas of their own. All of them carry `x-toxic-type`,
//! which identifies the schemas that were generated.

use super::attributes::{given, or_null, property, reference};
use super::tree::Tree;
use crate::control::{Attribute, Catalogue, Kind, common_attributes};

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

/// The schemas of the attributes that every kind has.
const COMMON: &str = "CommonAttributes";
const COMMON_GIVEN: &str = "CommonSettings";

/// The schemas of the attributes that every kind has, in answers and in requests.
pub(super) fn common_schemas() -> Vec<(String, Tree)> {
    let all = common_attributes();
    if all.is_empty() {
        return Vec::new();
    }
    let about =
        "What a toxic of any kind can have beside its attributes. In answers only if it is set.";
    let shown = all.iter().map(|one| (one.name.to_owned(), property(one)));
    let taken = all.iter();
    let taken = taken.map(|one| (one.name.to_owned(), or_null(given(one, COMMON))));
    let schema = |properties: Vec<(String, Tree)>| {
        Tree::object([
            ("description", Tree::value(about)),
            ("type", Tree::value("object")),
            ("properties", Tree::Object(properties)),
            (MARK, Tree::value("every")),
        ])
    };
    vec![
        (COMMON.to_owned(), schema(shown.collect())),
        (COMMON_GIVEN.to_owned(), schema(taken.collect())),
    ]
}

/// What an update takes beside `attributes`: the kind of its toxic is not known from the request.
pub(super) fn beside_in_changes(catalogue: &Catalogue) -> Vec<(String, Tree)> {
    let mut properties: Vec<(String, Vec<Tree>)> = Vec::new();
    for kind in catalogue.kinds() {
        for one in kind.own_attributes().iter().filter(|one| one.beside) {
            let schema = given(one, &format!("{}Toxic", title(kind.name)));
            match properties.iter_mut().find(|(name, _)| name == one.name) {
                Some((_, schemas)) => schemas.push(schema),
                None => properties.push((one.name.to_owned(), vec![schema])),
            }
        }
    }
    let common = common_attributes();
    let common = common
        .iter()
        .map(|one| (one.name.to_owned(), vec![given(one, COMMON)]));
    let any_or_null = |(name, mut schemas): (String, Vec<Tree>)| {
        schemas.push(Tree::object([("type", Tree::value("null"))]));
        (name, Tree::object([("anyOf", Tree::List(schemas))]))
    };
    properties
        .into_iter()
        .chain(common)
        .map(any_or_null)
        .collect()
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
    let properties = kind.inside();
    let properties = properties.map(|one| (one.name.to_owned(), property(one)));
    let schema = Tree::object([
        ("description", Tree::value(about)),
        ("type", Tree::value("object")),
        ("properties", Tree::Object(properties.collect())),
    ]);
    let always = kind.inside();
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
    let properties = kind.own_attributes().iter();
    let properties =
        properties.map(|one| (one.name.to_owned(), or_null(given(one, &home(one, title)))));
    let schema = Tree::object([
        ("description", Tree::value(about)),
        ("type", Tree::value("object")),
        ("properties", Tree::Object(properties.collect())),
    ]);
    let schema = match common_attributes().is_empty() {
        true => schema,
        false => schema.with("allOf", Tree::List(vec![reference(COMMON_GIVEN)])),
    };
    marked(schema, kind)
}

fn shown(kind: &Kind, title: &str) -> Tree {
    let bases = ["ToxicBase", COMMON];
    let own = kind.own_attributes().iter().filter(|one| one.beside);
    let own = own.map(|one| (one.name.to_owned(), property(one)));
    let attributes = reference(&format!("{title}Attributes"));
    let toxic = toxic(kind, bases, attributes, own.collect());
    marked(
        toxic.with("required", Tree::value(["type", "attributes"])),
        kind,
    )
}

fn new(kind: &Kind, title: &str) -> Tree {
    let settings = reference(&format!("{title}Settings"));
    let bases = ["NewToxicBase", COMMON_GIVEN];
    let own = kind.own_attributes().iter().filter(|one| one.beside);
    let own = own.map(|one| (one.name.to_owned(), or_null(given(one, &home(one, title)))));
    let own = own.collect();
    let needed: Vec<&Attribute> = kind.inside().filter(|one| one.required).collect();
    if needed.is_empty() {
        let toxic = toxic(kind, bases, or_null(settings), own);
        return marked(toxic.with("required", Tree::value(["type"])), kind);
    }
    let properties = needed.iter();
    let properties = properties.map(|one| (one.name.to_owned(), given(one, &home(one, title))));
    let names: Vec<&str> = needed.iter().map(|one| one.name).collect();
    let attributes = Tree::object([
        ("allOf", Tree::List(vec![settings])),
        ("type", Tree::value("object")),
        ("properties", Tree::Object(properties.collect())),
        ("required", Tree::value(names)),
    ]);
    let toxic = toxic(kind, bases, attributes, own);
    marked(
        toxic.with("required", Tree::value(["type", "attributes"])),
        kind,
    )
}

/// `common` of the bases describes the attributes that every kind has; there may be none. `own` are the
/// attributes of this kind that are placed beside `attributes`.
fn toxic(
    kind: &Kind,
    [base, common]: [&str; 2],
    attributes: Tree,
    own: Vec<(String, Tree)>,
) -> Tree {
    let common = (!common_attributes().is_empty()).then(|| reference(common));
    let bases = std::iter::once(reference(base)).chain(common);
    let kind_name = Tree::object([
        ("type", Tree::value("string")),
        ("const", Tree::value(kind.name)),
    ]);
    let properties = [
        ("type".to_owned(), kind_name),
        ("attributes".to_owned(), attributes),
    ];
    let properties = Tree::Object(properties.into_iter().chain(own).collect());
    Tree::object([
        ("description", Tree::value(kind.details)),
        ("allOf", Tree::List(bases.collect())),
        ("type", Tree::value("object")),
        ("properties", properties),
    ])
}

/// The schema that shows an attribute of a kind.
fn home(attribute: &Attribute, title: &str) -> String {
    let family = if attribute.beside {
        "Toxic"
    } else {
        "Attributes"
    };
    format!("{title}{family}")
}
