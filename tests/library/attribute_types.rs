//! A custom kind that takes attributes of every type.

use aconite::engine::{Chunk, Outlet, Toxic};
use aconite::toxics::{Attribute, AttributeError, Catalogue, ToxicKind, Type, Values};
use axum::Router;

use super::api::{call, serving};

#[derive(Debug)]
struct Everything;

impl ToxicKind for Everything {
    const NAME: &'static str = "everything";
    const ABOUT: &'static str = "Takes every type.";

    fn attributes() -> Vec<Attribute> {
        vec![
            Attribute::new("count", Type::integer(1..=10)).default(2),
            Attribute::new("share", Type::number(0.0..=1.0)).default(0.5),
            Attribute::new("on", Type::Boolean).default(true),
            Attribute::new("shape", Type::choice(&["normal", "pareto"])).default("normal"),
            Attribute::new("wait", Type::duration()).default(std::time::Duration::from_secs(1)),
            Attribute::new("trace", Type::list(Type::list(Type::number(0.0..=1e6)))),
            Attribute::new("headers", Type::map(Type::text())),
        ]
    }

    fn from_values(_: &Values) -> Result<Self, AttributeError> {
        Ok(Everything)
    }
}

impl Toxic for Everything {
    type Memory = ();

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        out.send(chunk);
    }
}

async fn with_everything() -> Router {
    let mut catalogue = Catalogue::default();
    catalogue.register::<Everything>().unwrap();
    serving(catalogue).await
}

fn toxic(attributes: &str) -> String {
    format!(r#"{{"type":"everything","name":"t","attributes":{attributes}}}"#)
}

#[tokio::test]
async fn values_of_every_type_are_taken_shown_and_changed() {
    let mut api = with_everything().await;
    let given = toxic(
        r#"{"count":3,"share":1,"on":false,"SHAPE":"pareto","wait":1500,
            "trace":[[0,1.5],[2,3]],"headers":{"X-Test":"1"}}"#,
    );
    let answer = call(&mut api, "POST", "/proxies/p/toxics", &given).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let shown = r#"{"attributes":{"count":3,"share":1,"on":false,"shape":"pareto","wait":"1.5s","trace":[[0,1.5],[2,3]],"headers":{"X-Test":"1"}},"#;
    assert!(answer.body.starts_with(shown), "{}", answer.body);
    let change = r#"{"attributes":{"wait":"2m","headers":{}}}"#;
    let answer = call(&mut api, "PATCH", "/proxies/p/toxics/t", change).await;
    assert!(
        answer
            .body
            .contains(r#""wait":"2m0s","trace":[[0,1.5],[2,3]],"headers":{}"#),
        "{}",
        answer.body
    );
    let answer = call(&mut api, "GET", "/proxies/p/toxics/t/stats", "").await;
    assert!(
        answer.body.contains(r#""type":"everything""#),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn defaults_are_shown_and_what_was_left_out_is_not() {
    let mut api = with_everything().await;
    let answer = call(&mut api, "POST", "/proxies/p/toxics", &toxic("{}")).await;
    let shown = r#"{"attributes":{"count":2,"share":0.5,"on":true,"shape":"normal","wait":"1s"},"#;
    assert!(answer.body.starts_with(shown), "{}", answer.body);
}

#[tokio::test]
async fn values_of_another_type_or_out_of_range_are_refused_with_their_place() {
    let mut api = with_everything().await;
    let deep = format!("{}1{}", "[".repeat(9), "]".repeat(9));
    let long = format!("[{}]", vec!["[]"; 1001].join(","));
    for (attributes, part) in [
        (r#"{"count":11}"#, "count is 11, but must be from 1 to 10"),
        (
            r#"{"count":2.0}"#,
            "count is 2.0, but must be a whole number",
        ),
        (r#"{"share":1.5}"#, "share is 1.5, but must be from 0 to 1"),
        (r#"{"share":1e999}"#, "share is 1e999"),
        (r#"{"on":1}"#, "on is 1, but must be true or false"),
        (r#"{"shape":"cube"}"#, r#"must be one of normal, pareto"#),
        (r#"{"wait":"soon"}"#, "must be a time such as"),
        (r#"{"wait":-1}"#, "must be a time such as"),
        (r#"{"trace":[[1],[2,"x"]]}"#, "trace[1][1] is"),
        (r#"{"headers":{"X-Test":null}}"#, "headers.X-Test is null"),
        (
            &format!(r#"{{"trace":{deep}}}"#),
            "more than any attribute takes",
        ),
        (&format!(r#"{{"trace":{long}}}"#), "at most 1000 entries"),
    ] {
        let answer = call(&mut api, "POST", "/proxies/p/toxics", &toxic(attributes)).await;
        let text = answer.body.replace("\\\"", "\"");
        assert_eq!(answer.status, 400, "{attributes}: {text}");
        assert!(text.contains(part), "{attributes}: {text}");
    }
    // An unknown attribute is ignored, whatever its value.
    let ignored = toxic(&format!(r#"{{"other":{deep}}}"#));
    assert_eq!(
        call(&mut api, "POST", "/proxies/p/toxics", &ignored)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn the_document_shows_the_kind() {
    let mut api = with_everything().await;
    let answer = call(&mut api, "GET", "/openapi.json", "").await;
    let document: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let schemas = &document["components"]["schemas"];
    let properties = &schemas["EverythingAttributes"]["properties"];
    assert_eq!(properties["trace"]["items"]["items"]["type"], "number");
    assert_eq!(properties["shape"]["enum"][1], "pareto");
    assert_eq!(properties["wait"]["$ref"], "#/components/schemas/SpanShown");
    let wait = &schemas["EverythingSettings"]["properties"]["wait"]["anyOf"][0];
    assert_eq!(wait["$ref"], "#/components/schemas/Span");
}
