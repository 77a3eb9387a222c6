//! Checks that the document `api/openapi.json`, the table of routes, the catalogue of toxics and
//! the answers of the executable agree.

mod additions;
mod catalogue;
mod document;
mod doubts;
mod errors;
mod flags;
mod http_option;
mod live;
mod profiles;
mod verdicts;
mod verdicts_beyond;
mod walk;

use std::collections::BTreeSet;

use aconite::http::ROUTES;
use document::Document;
use serde_json::Value;

#[test]
fn routes_and_paths_are_the_same() {
    let document = Document::load();
    let routes: BTreeSet<(String, String)> = ROUTES
        .iter()
        .flat_map(|route| {
            let methods = route.methods.iter();
            methods.map(|method| (route.path.to_owned(), (*method).to_owned()))
        })
        .collect();
    assert_eq!(routes, document.operations());
}

#[test]
fn every_operation_is_described_in_full() {
    let document = Document::load();
    assert_eq!(document.root["openapi"], "3.1.0");
    assert_eq!(
        document.root["info"]["version"], "2.12.0",
        "what GET /version answers"
    );
    let mut ids = BTreeSet::new();
    for (path, method) in document.operations() {
        let operation = document.operation(&path, &method);
        let id = operation["operationId"].as_str().expect("an operationId");
        assert!(ids.insert(id.to_owned()), "{id} is there twice");
        for field in ["summary", "description"] {
            assert!(operation[field].is_string(), "{id} has no {field}");
        }
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let answer = document.resolve(answer);
            assert!(answer["description"].is_string(), "{id} {status}");
        }
        let named: BTreeSet<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
        let item = &document.root["paths"][&path];
        let given = item["parameters"].as_array().into_iter().flatten();
        let given = given.map(|one| document.resolve(one)["name"].as_str().unwrap());
        assert_eq!(named, given.collect(), "parameters of {path}");
        let takes_body = operation["requestBody"].is_object();
        let may = ["POST", "PUT", "PATCH"].contains(&method.as_str()) && path != "/reset";
        assert_eq!(takes_body, may, "{id}: a body");
    }
}

/// Calls `visit` for each value of the document that is an object, with its path.
fn walk<'a>(value: &'a Value, place: &str, visit: &mut impl FnMut(&'a Value, &str)) {
    match value {
        Value::Object(members) => {
            visit(value, place);
            for (name, member) in members {
                walk(member, &format!("{place}/{name}"), visit);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{place}/{index}"), visit);
            }
        }
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = Document::load();
    let mut led = BTreeSet::new();
    walk(&document.root, "", &mut |value, place| {
        let mapped = value["discriminator"]["mapping"]
            .as_object()
            .into_iter()
            .flatten();
        let references = mapped.map(|(_, to)| to).chain(value.get("$ref"));
        for reference in references {
            let pointer = reference.as_str().unwrap().strip_prefix('#');
            let pointer = pointer.unwrap_or_else(|| panic!("{place}: {reference} leads out"));
            let found = document.root.pointer(pointer);
            assert!(found.is_some(), "{place}: {reference} leads nowhere");
            led.insert(pointer.to_owned());
        }
    });
    let security = document.root["security"].as_array().into_iter().flatten();
    for scheme in security.flat_map(|one| one.as_object().unwrap().keys()) {
        led.insert(format!("/components/securitySchemes/{scheme}"));
    }
    for (kind, components) in document.root["components"].as_object().unwrap() {
        for name in components.as_object().unwrap().keys() {
            let place = format!("/components/{kind}/{name}");
            let inside = format!("{place}/");
            let used = led.iter().any(|to| *to == place || to.starts_with(&inside));
            assert!(used, "nothing refers to {place}");
        }
    }
}

/// The document's description and the server both say so.
#[test]
fn populate_answers_its_errors_as_json() {
    let document = Document::load();
    let operation = document.operation("/populate", "POST");
    for (status, answer) in operation["responses"].as_object().unwrap() {
        // These two are checked before the path.
        if ["401", "403"].contains(&status.as_str()) {
            continue;
        }
        let content = document.resolve(answer)["content"].as_object().unwrap();
        let kinds: Vec<&String> = content.keys().collect();
        assert_eq!(kinds, ["application/json"], "{status}");
    }
}

#[test]
fn every_schema_compiles() {
    let document = Document::load();
    let schemas = document.root["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        if let Err(error) = jsonschema::meta::validate(schema) {
            panic!("{name} is no JSON Schema: {error}");
        }
        document.validator(schema);
    }
    assert!(schemas.len() > 20);
}

/// A validator that accepts everything would pass all other tests.
#[test]
fn the_validator_can_say_no() {
    let document = Document::load();
    let toxic = document.schema("Toxic");
    let good = serde_json::json!({"name": "n", "type": "latency", "stream": "upstream",
        "toxicity": 1, "attributes": {"latency": 1, "jitter": 2}});
    document.check(&toxic, &good, "good");
    let mut bad = good.clone();
    bad["attributes"]["jitter"] = Value::from(i64::MAX);
    assert!(!document.takes(&toxic, &bad));
    let mut bad = good;
    bad["type"] = "bandwidth".into();
    assert!(!document.takes(&toxic, &bad));
}

#[test]
fn every_example_and_default_fits_its_schema() {
    let document = Document::load();
    let mut count = 0;
    walk(&document.root, "", &mut |value, place| {
        // A property or a member of an example may have the name of a keyword.
        if place.ends_with("/properties") || place.contains("/examples/") {
            return;
        }
        if let Some(schema) = value.get("schema") {
            let named = value["examples"].as_object().into_iter().flatten();
            let named = named.map(|(_, example)| &example["value"]);
            for example in named.chain(value.get("example")) {
                document.check(schema, example, place);
                if let Some(inner) = schema.get("contentSchema") {
                    let text = example.as_str().unwrap();
                    assert!(text.ends_with('\n'), "{place}: {text}");
                    document.check(inner, &serde_json::from_str(text).unwrap(), place);
                }
                count += 1;
            }
        } else {
            let examples = value["examples"].as_array().into_iter().flatten();
            for example in examples.chain(value.get("default")) {
                document.check(value, example, place);
                count += 1;
            }
        }
    });
    assert!(count > 60, "only {count} examples were found");
}
