//! The kind of `examples/custom_toxic.rs`, once registered, appears everywhere that kinds appear.

use aconite::config::{check_config_beside, read_config};
use aconite::control::{Control, Options};
use aconite::http::openapi_document;
use aconite::toxics::{Catalogue, RegisterError};

use super::custom_toxic::StallOn;

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    catalogue.register::<StallOn>().unwrap();
    catalogue
}

fn config(toxic: &str) -> String {
    format!(
        r#"[{{"name":"p","listen":"127.0.0.1:0","upstream":"127.0.0.1:9","toxics":[{toxic}]}}]"#
    )
}

fn faults(toxic: &str) -> Vec<String> {
    let api = ("localhost", "8474");
    let faults = check_config_beside(config(toxic).as_bytes(), api, &catalogue());
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_registered_kind_is_in_the_document() {
    let document = openapi_document(&catalogue()).unwrap();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let schemas = &document["components"]["schemas"];
    let attributes = &schemas["StallOnAttributes"]["properties"];
    assert_eq!(attributes["word"]["type"], "string");
    assert_eq!(attributes["pause"]["default"], "500ms");
    let types = schemas["ToxicType"]["enum"].as_array().unwrap();
    assert_eq!(types.last().unwrap(), "stall_on");
    for family in ["Toxic", "NewToxic"] {
        let schemas = schemas[family]["oneOf"].as_array().unwrap();
        assert_eq!(schemas.len(), catalogue().kinds().len());
    }
}

#[test]
fn config_check_knows_a_registered_kind() {
    let good = r#"{"type":"stall_on","attributes":{"word":"a","pause":"1s"}}"#;
    assert_eq!(faults(good), Vec::<String>::new());
    for (attributes, part) in [
        (
            r#"{"word":"a","pause":"soon"}"#,
            "attributes.pause: it is \"soon\"",
        ),
        (r#"{"pause":5}"#, "attributes.word: it is missing"),
        (r#"{"word":""}"#, "attributes.word: it is empty"),
        (r#"{"word":"a","pauze":5}"#, "did you mean \"pause\"?"),
    ] {
        let toxic = format!(r#"{{"type":"stall_on","attributes":{attributes}}}"#);
        let faults = faults(&toxic);
        assert!(faults.len() == 1 && faults[0].contains(part), "{faults:?}");
    }
}

#[tokio::test]
async fn a_registered_kind_is_created_and_counted() {
    let control = Control::new(Options {
        catalogue: catalogue(),
        ..Options::default()
    });
    let control = control.unwrap();
    let text = config(r#"{"type":"stall_on","attributes":{"word":"a"}}"#);
    let list = read_config(text.as_bytes()).unwrap().proxies;
    let views = control.populate(list).await.unwrap();
    let toxic = &views[0].toxics[0];
    assert_eq!(
        (toxic.kind, toxic.name.as_str()),
        ("stall_on", "stall_on_downstream")
    );
    assert_eq!(control.stats("p", &toxic.name).unwrap().kind, "stall_on");
    control.shutdown().await;
    let plain = Control::new(Options::default()).unwrap();
    let refused = plain
        .populate(read_config(text.as_bytes()).unwrap().proxies)
        .await;
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("invalid toxic type")
    );
}

#[test]
fn a_kind_whose_name_is_taken_is_refused() {
    let mut catalogue = catalogue();
    let again = catalogue.register::<StallOn>();
    assert_eq!(again, Err(RegisterError::NameTaken("stall_on")));
}
