//! The document and the executable agree on which toxics are valid: for each attribute, values at
//! the limits of its range.

use std::rc::Rc;

use aconite::toxics::{Catalogue, Type};
use serde_json::{Value, json};

use super::document::Document;
use support::Server;

const TOXICS: &str = "/proxies/p/toxics";

/// Values at the limits of the type's range, and of other types.
fn values(value_type: &Type) -> Vec<Value> {
    let mut values = match value_type {
        Type::Integer { accepted, .. } => {
            let (low, high) = (*accepted.start(), *accepted.end());
            vec![
                json!(low),
                json!(low.saturating_sub(1)),
                json!(high),
                json!(i128::from(high).saturating_add(1) as u64),
            ]
        }
        Type::Number { accepted, .. } => {
            let (low, high) = (*accepted.start(), *accepted.end());
            vec![json!(low), json!(low - 1.0), json!(high), json!(high + 0.5)]
        }
        Type::Text { choices, .. } => {
            let mut texts: Vec<Value> = choices.iter().map(|text| json!(text)).collect();
            texts.push(json!("TCP"));
            texts
        }
        _ => return Vec::new(),
    };
    values.extend([
        json!(1),
        json!(1.5),
        json!("5"),
        Value::Null,
        json!([]),
        json!({}),
        json!(true),
    ]);
    values
}

/// The server, and the schemas with which it is compared.
struct Judges {
    server: Server,
    new: Rc<jsonschema::Validator>,
    change: Rc<jsonschema::Validator>,
}

impl Judges {
    fn start() -> Self {
        let (document, server) = (Document::load(), Server::start(&[]));
        let proxy = json!({"name": "p", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"});
        assert_eq!(
            server.api("POST", "/proxies", &proxy.to_string()).status,
            201
        );
        Self {
            server,
            new: document.validator(&document.schema("NewToxic")),
            change: document.validator(&document.schema("ToxicChange")),
        }
    }

    fn judge(&self, kind: &str, name: &str, value: &Value) {
        // What the kind requires, or what the attribute makes no sense without. A slicer's average
        // size allows any variation.
        let mut attributes = match kind {
            "slicer" => json!({"average_size": i64::MAX}),
            "corrupt" => json!({"rate": 1}),
            "rate_limit" => json!({"requests": 1}),
            "packet_loss" if name != "loss_rate" && name != "correlation" => json!({"p": 0}),
            _ => json!({}),
        };
        attributes[name] = value.clone();
        let toxic = json!({"type": kind, "name": "t", "attributes": attributes});
        let answer = self.server.api("POST", TOXICS, &toxic.to_string());
        let taken = answer.status == 200;
        assert_eq!(
            taken,
            self.new.is_valid(&toxic),
            "create {toxic}: {}",
            answer.text()
        );
        if !taken {
            let base = json!({"type": kind, "name": "t", "attributes": {"average_size": 1, "rate": 1, "requests": 1}});
            assert_eq!(
                self.server.api("POST", TOXICS, &base.to_string()).status,
                200
            );
        }
        let body = json!({"attributes": {name: value}});
        let path = format!("{TOXICS}/t");
        let answer = self.server.api("PATCH", &path, &body.to_string());
        // The document cannot know the kind of toxic that an update is for, so the server may
        // reject what the schema accepts.
        if answer.status == 200 {
            assert!(self.change.is_valid(&body), "change {kind} {body}");
        }
        assert_eq!(self.server.api("DELETE", &path, "").status, 204);
    }
}

#[test]
fn creations_and_changes_are_judged_alike() {
    let judges = Judges::start();
    for kind in Catalogue::default().kinds() {
        for attribute in &kind.attributes {
            let is_integer = matches!(attribute.value_type, Type::Integer { .. });
            if attribute.beside && !is_integer {
                // `beside_attributes` of the library's tests has these.
                continue;
            }
            for value in values(&attribute.value_type) {
                judges.judge(kind.name, attribute.name, &value);
            }
        }
    }
}
