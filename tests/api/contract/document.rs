//! The OpenAPI document, and validation against its schemas.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use jsonschema::Validator;
use serde_json::{Value, json};

/// The methods that the API uses.
pub const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "DELETE", "PUT"];

/// The text of the document as it is in the repository.
pub const TEXT: &str = include_str!("../../../api/openapi.json");

pub struct Document {
    pub root: Value,
    /// A validator is built once for each schema, because building takes far longer than
    /// validating.
    validators: RefCell<HashMap<String, Rc<Validator>>>,
}

impl Document {
    pub fn load() -> Self {
        let root = serde_json::from_str(TEXT).expect("api/openapi.json is JSON");
        let validators = RefCell::default();
        Self { root, validators }
    }

    /// Every path with every method, in capitals.
    pub fn operations(&self) -> BTreeSet<(String, String)> {
        let mut operations = BTreeSet::new();
        for (path, item) in self.root["paths"].as_object().unwrap() {
            for name in item.as_object().unwrap().keys() {
                let method = name.to_uppercase();
                if METHODS.contains(&method.as_str()) {
                    operations.insert((path.clone(), method));
                } else {
                    assert_eq!(name, "parameters", "of {path}");
                }
            }
        }
        operations
    }

    pub fn operation(&self, path: &str, method: &str) -> &Value {
        &self.root["paths"][path][method.to_lowercase()]
    }

    /// The schema of that name.
    pub fn schema(&self, name: &str) -> Value {
        let schema = &self.root["components"]["schemas"][name];
        assert!(schema.is_object(), "there is no schema {name}");
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// The target of a `$ref`; any other value is returned unchanged.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => {
                let found = self.root.pointer(reference.trim_start_matches('#'));
                self.resolve(found.expect("a reference that leads somewhere"))
            }
            None => value,
        }
    }

    pub fn validator(&self, schema: &Value) -> Rc<Validator> {
        let mut validators = self.validators.borrow_mut();
        let make = || {
            let whole = json!({"allOf": [schema], "components": self.root["components"]});
            let made = jsonschema::validator_for(&whole);
            Rc::new(made.unwrap_or_else(|error| panic!("{error} in {schema}")))
        };
        Rc::clone(validators.entry(schema.to_string()).or_insert_with(make))
    }

    pub fn takes(&self, schema: &Value, value: &Value) -> bool {
        self.validator(schema).is_valid(value)
    }

    /// Panics if `value` does not match the schema.
    pub fn check(&self, schema: &Value, value: &Value, place: &str) {
        let validator = self.validator(schema);
        let faults: Vec<String> = validator
            .iter_errors(value)
            .map(|fault| fault.to_string())
            .collect();
        assert!(faults.is_empty(), "{place}: {value}: {faults:?}");
    }
}
