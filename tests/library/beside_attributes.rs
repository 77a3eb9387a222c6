//! Attributes that are placed beside `attributes`, of a kind from outside the crate.

use aconite::config::check_config_beside;
use aconite::control::Options;
use aconite::engine::{Chunk, Outlet, Toxic};
use aconite::toxics::{
    Attribute, AttributeError, Catalogue, RegisterError, ToxicKind, Type, Values,
};
use axum::Router;

use super::api::{Answer, call, serving, serving_with};

#[derive(Debug)]
struct Shaped;

impl ToxicKind for Shaped {
    const NAME: &'static str = "shaped";
    const ABOUT: &'static str = "Takes attributes in both places.";

    fn attributes() -> Vec<Attribute> {
        let shape = Type::object(vec![
            Attribute::new("mean", Type::number(0.0..=1e6)).required(),
            Attribute::new("stddev", Type::number(0.0..=1e6)).default(0),
            Attribute::new("cut", Type::duration()),
        ]);
        let preset = Type::choice(&["calm", "rough"]);
        vec![
            Attribute::lenient("delay", "ms"),
            Attribute::new("shape", Type::one_of(vec![preset, shape])).beside(),
            Attribute::new("per", Type::choice(&["chunk", "message"]))
                .default("chunk")
                .beside(),
            Attribute::new("hold", Type::Boolean)
                .default(false)
                .beside(),
            Attribute::new("trace", Type::list(Type::list(Type::number(0.0..=1e6)))).beside(),
            Attribute::new("wait", Type::duration()).beside(),
        ]
    }

    fn from_values(values: &Values) -> Result<Self, AttributeError> {
        let stddev = values.get("shape").and_then(|shape| shape.member("stddev"));
        match stddev.and_then(|stddev| stddev.as_number()) {
            Some(stddev) if stddev > 1000.0 => Err(AttributeError::out_of_range(
                "shape.stddev",
                stddev,
                "1000 or less",
            )),
            _ => Ok(Shaped),
        }
    }
}

impl Toxic for Shaped {
    type Memory = ();

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        out.send(chunk);
    }
}

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    catalogue.register::<Shaped>().unwrap();
    catalogue
}

async fn add(api: &mut Router, members: &str) -> Answer {
    let toxic = format!(r#"{{"type":"shaped","name":"t"{members}}}"#);
    call(api, "POST", "/proxies/p/toxics", &toxic).await
}

async fn change(api: &mut Router, change: &str) -> Answer {
    call(api, "PATCH", "/proxies/p/toxics/t", change).await
}

const PLAIN: &str =
    r#"{"attributes":{"delay":0},"name":"t","type":"shaped","stream":"downstream","toxicity":1"#;

/// The toxic with these members after its own.
fn shown(members: &str) -> String {
    format!("{PLAIN}{members}}}")
}

#[tokio::test]
async fn attributes_in_either_place_are_shown_at_the_top_level() {
    let expected = shown(
        r#","shape":{"cut":"2s","mean":20,"stddev":1.5},"per":"message","hold":true,"trace":[[0,1.5],[2,3]],"wait":"1m30s""#,
    );
    let members = r#""shape":{"Mean":20,"stddev":1.5,"cut":2000},"PER":"message","hold":true,"trace":[[0,1.5],[2,3]],"wait":90000"#;
    for given in [
        format!(",{members}"),
        format!(r#","attributes":{{{members}}}"#),
    ] {
        let mut api = serving(catalogue()).await;
        let answer = add(&mut api, &given).await;
        assert_eq!((answer.status, &answer.body), (200, &expected));
        let proxy = call(&mut api, "GET", "/proxies/p", "").await;
        assert!(proxy.body.contains(&expected), "{}", proxy.body);
        let export = call(&mut api, "GET", "/config", "").await;
        assert!(export.body.contains(&expected), "{}", export.body);
    }
}

#[tokio::test]
async fn the_top_level_wins_over_attributes_and_null_is_not_given() {
    let mut api = serving(catalogue()).await;
    let both = r#","attributes":{"per":"message","hold":true},"per":"chunk","hold":null"#;
    assert_eq!(add(&mut api, both).await.body, shown(r#","hold":true"#));
}

#[tokio::test]
async fn an_ordinary_attribute_at_the_top_level_is_ignored() {
    let mut api = serving(catalogue()).await;
    assert_eq!(
        add(&mut api, r#","delay":5,"odd":{}"#).await.body,
        shown("")
    );
}

#[tokio::test]
async fn defaults_and_empty_values_count_as_not_set() {
    let mut api = serving(catalogue()).await;
    let given = r#","shape":"calm","per":"message","hold":true,"trace":[[1]]"#;
    assert_eq!(add(&mut api, given).await.body, shown(given));
    let answer = change(&mut api, r#"{"shape":{},"trace":[]}"#).await;
    assert_eq!(answer.body, shown(r#","per":"message","hold":true"#));
    let answer = change(&mut api, r#"{"per":"","attributes":{"hold":false}}"#).await;
    assert_eq!(answer.body, shown(""));
    assert_eq!(change(&mut api, r#"{"per":null}"#).await.body, shown(""));
}

#[tokio::test]
async fn wrong_values_are_refused_with_the_key_as_it_is_given() {
    let mut api = serving(catalogue()).await;
    assert_eq!(add(&mut api, r#","hold":true"#).await.status, 200);
    for (members, text) in [
        (r#""hold":"""#, r#"hold is "", but must be true or false"#),
        (
            r#""per":"byte""#,
            r#"per is "byte", but must be one of chunk, message"#,
        ),
        (
            r#""shape":"wild""#,
            r#"shape is "wild", but must be one of calm, rough"#,
        ),
        (
            r#""shape":5"#,
            "shape is 5, but must be one of calm, rough, or an object with mean, stddev, cut",
        ),
        (
            r#""shape":{"stddev":1}"#,
            "shape.mean is missing: give a number",
        ),
        (
            r#""shape":{"mean":1,"stdev":1}"#,
            r#"shape.stdev does not exist: did you mean "stddev"?"#,
        ),
        (
            r#""shape":{"mean":1,"odd":1}"#,
            "shape.odd does not exist: use one of mean, stddev, cut",
        ),
        (
            r#""shape":{"mean":-1}"#,
            "shape.mean is -1, but must be from 0 to 1000000",
        ),
        (
            r#""shape":{"mean":1,"cut":"soon"}"#,
            r#"shape.cut is "soon", but must be a time"#,
        ),
        (
            r#""shape":{"mean":1,"stddev":2000}"#,
            "shape.stddev is 2000, but must be 1000 or less",
        ),
        (
            r#""trace":[[1],["x"]]"#,
            r#"trace[1][0] is "x", but must be a number"#,
        ),
        (r#""wait":true"#, "wait is true, but must be a time"),
    ] {
        let inside = format!(r#"{{"attributes":{{{members}}}}}"#);
        for body in [format!("{{{members}}}"), inside] {
            let answer = change(&mut api, &body).await;
            let error: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
            let error = error["error"].as_str().unwrap();
            assert_eq!(answer.status, 400, "{body}: {error}");
            assert!(
                error.starts_with(text) || error.contains(&format!(": {text}")),
                "{body}: {error}"
            );
        }
    }
    let after = call(&mut api, "GET", "/proxies/p/toxics/t", "").await;
    assert_eq!(after.body, shown(r#","hold":true"#));
}

#[tokio::test]
async fn strict_mode_knows_them_and_suggests_them() {
    let mut api = serving_with(Options {
        catalogue: catalogue(),
        strict: true,
        ..Options::default()
    })
    .await;
    let answer = add(&mut api, r#","hold":true,"attributes":{"per":"message"}"#).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = change(&mut api, r#"{"holt":true}"#).await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.body.contains(r#"did you mean \"hold\"?"#),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn lists_of_proxies_take_them() {
    let mut api = serving(catalogue()).await;
    let list = r#"[{"name":"q","listen":"127.0.0.1:0","upstream":"127.0.0.1:9","toxics":[
        {"type":"shaped","name":"t","shape":{"mean":1},"hold":true}]}]"#;
    let answer = call(&mut api, "POST", "/populate", list).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let toxic = call(&mut api, "GET", "/proxies/q/toxics/t", "").await;
    assert_eq!(
        toxic.body,
        shown(r#","shape":{"mean":1,"stddev":0},"hold":true"#)
    );
}

#[tokio::test]
async fn many_unknown_fields_hide_no_attribute() {
    let mut api = serving(catalogue()).await;
    let junk: String = (0..40)
        .map(|index| format!(r#","junk{index}":[{index}]"#))
        .collect();
    let answer = add(&mut api, &format!(r#"{junk},"hold":true"#)).await;
    assert_eq!(answer.body, shown(r#","hold":true"#));
}

#[test]
fn config_check_knows_them() {
    let faults = |toxic: &str| {
        let file = format!(
            r#"[{{"name":"p","listen":"127.0.0.1:0","upstream":"127.0.0.1:9","toxics":[{{"type":"shaped"{toxic}}}]}}]"#
        );
        let api = ("localhost", "8474");
        let faults = check_config_beside(file.as_bytes(), api, &catalogue());
        faults.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let good = r#","hold":true,"shape":{"mean":1},"attributes":{"per":"message"}"#;
    assert_eq!(faults(good), Vec::<String>::new());
    for (toxic, part) in [
        (r#","holt":true"#, r#"did you mean "hold"?"#),
        (
            r#","hold":1"#,
            "toxics[0].hold: it is 1, but must be true or false",
        ),
        (
            r#","attributes":{"hold":1}"#,
            "toxics[0].hold: it is 1, but must be true or false",
        ),
        (
            r#","shape":{"mean":1,"stddev":2000}"#,
            "shape.stddev: it is 2000, but must be 1000 or less",
        ),
        (
            r#","shape":{"mean":1,"sttdev":1}"#,
            r#"did you mean "stddev"?"#,
        ),
    ] {
        let faults = faults(toxic);
        assert!(
            faults.len() == 1 && faults[0].contains(part),
            "{toxic}: {faults:?}"
        );
    }
}

#[tokio::test]
async fn the_document_describes_them() {
    let mut api = serving(catalogue()).await;
    let answer = call(&mut api, "GET", "/openapi.json", "").await;
    let document: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let schemas = &document["components"]["schemas"];
    let toxic = &schemas["ShapedToxic"]["properties"];
    let shape = &toxic["shape"]["anyOf"][1];
    assert_eq!(shape["properties"]["mean"]["type"], "number");
    assert_eq!(shape["required"][0], "mean");
    assert_eq!(toxic["per"]["enum"][1], "message");
    assert_eq!(
        schemas["ShapedAttributes"]["properties"]["per"],
        serde_json::Value::Null
    );
    let given = &schemas["NewShapedToxic"]["properties"];
    assert_eq!(
        given["hold"]["anyOf"][0]["$ref"],
        "#/components/schemas/ShapedToxic/properties/hold"
    );
    assert_eq!(
        given["wait"]["anyOf"][0]["$ref"],
        "#/components/schemas/Span"
    );
    let changed = &schemas["ToxicChange"]["properties"];
    // Of several types with an attribute of this name, the first one describes it.
    assert_eq!(
        changed["per"]["anyOf"][0]["$ref"],
        "#/components/schemas/LatencyToxic/properties/per"
    );
}

#[tokio::test]
async fn the_list_of_types_has_them() {
    let mut api = serving(catalogue()).await;
    let answer = call(&mut api, "GET", "/toxic-types", "").await;
    assert_eq!(answer.status, 200);
    let list: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let shaped = list["types"].as_array().unwrap().last().unwrap();
    assert_eq!(shaped["type"], "shaped");
    let [delay, shape, per] = [0, 1, 2].map(|index| &shaped["attributes"][index]);
    assert_eq!(
        (&delay["placed"], &delay["minimum"]),
        (&"attributes".into(), &0.into())
    );
    let takes = "one of calm, rough, or an object with mean, stddev, cut";
    assert_eq!(
        (&shape["placed"], &shape["takes"]),
        (&"toxic".into(), &takes.into())
    );
    assert_eq!(per["default"], "chunk");
}

#[derive(Debug)]
struct Clashing;

impl ToxicKind for Clashing {
    const NAME: &'static str = "clashing";
    const ABOUT: &'static str = "Has a field of every toxic as an attribute.";

    fn attributes() -> Vec<Attribute> {
        vec![Attribute::new("duration", Type::Boolean).beside()]
    }

    fn from_values(_: &Values) -> Result<Self, AttributeError> {
        Ok(Clashing)
    }
}

impl Toxic for Clashing {
    type Memory = ();

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        out.send(chunk);
    }
}

#[test]
fn an_attribute_with_the_name_of_a_field_is_refused() {
    let refused = Catalogue::default().register::<Clashing>();
    let expected = RegisterError::AttributeTaken {
        kind: "clashing",
        attribute: "duration",
    };
    assert_eq!(refused, Err(expected));
}
