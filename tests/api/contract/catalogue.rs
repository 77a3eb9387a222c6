//! The document and the catalogue of toxics agree.

use std::fs;
use std::path::Path;

use aconite::http::openapi_document;
use aconite::toxics::{Attribute, Catalogue, common_attributes};

use super::document::TEXT;

/// With `UPDATE` set, the file is rewritten.
#[test]
fn the_document_is_what_the_catalogue_makes_of_it() {
    let made = openapi_document(&Catalogue::default()).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("api/openapi.json");
        fs::write(file, &made).unwrap();
        return;
    }
    let differs = TEXT.lines().zip(made.lines()).find(|(old, new)| old != new);
    assert!(
        TEXT == made,
        "api/openapi.json differs, first in {differs:?}: run this test with UPDATE=1"
    );
}

/// The table of attributes in `docs/toxics.md`. With `UPDATE` set, it is rewritten.
#[test]
fn the_table_of_attributes_is_what_the_catalogue_says() {
    const BEGIN: &str = "<!-- attributes, made from the catalogue by tests/api/contract -->\n";
    const END: &str = "<!-- end of attributes -->\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/toxics.md");
    let text = fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (table, after) = rest.split_once(END).unwrap();
    let head =
        "| type | attribute | takes | default | meaning |\n| --- | --- | --- | --- | --- |\n";
    let catalogue = Catalogue::default();
    let rows = catalogue.kinds().flat_map(|kind| {
        let rows = kind.own_attributes().iter();
        rows.map(|attribute| row(&format!("`{}`", kind.name), attribute))
    });
    let common = common_attributes();
    let common = common.iter().map(|attribute| row("every type", attribute));
    let made = head.to_owned() + &rows.chain(common).collect::<String>();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, [before, BEGIN, &made, END, after].concat()).unwrap();
        return;
    }
    assert_eq!(table, made, "run this test with UPDATE=1");
}

fn row(kind: &str, attribute: &Attribute) -> String {
    let (name, unit, about) = (attribute.name, attribute.unit, attribute.about);
    let place = if attribute.beside { ", top level" } else { "" };
    let range = attribute.value_type.brief();
    let default = match &attribute.default {
        Some(value) => format!("{value}"),
        None if attribute.required => "must be given".to_owned(),
        None => String::new(),
    };
    let unit = match unit {
        "" => String::new(),
        unit => format!(" ({unit})"),
    };
    format!("| {kind} | `{name}`{place} | {range}{unit} | {default} | {about} |\n")
}
