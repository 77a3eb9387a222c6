//! Every attribute of every kind, with values at the edges of its range: accepted or refused, never
//! fatal, and a refusal changes nothing.
//!
//! The ranges are written down here a second time, so that a slip in the catalogue is noticed.

use serde_json::{Value, json};

use support::rig::{Peer, Rig, TOXICS, create, send};
use support::{Kind, Server};

const LOW: i64 = i64::MIN;
const HIGH: i64 = i64::MAX;

/// Kind, attribute, the least and the most that is taken, the other attributes in a creation.
#[rustfmt::skip]
const ATTRIBUTES: &[(&str, &str, i64, i64, &str)] = &[
    ("latency",    "latency",        LOW, HIGH,       ""),
    ("latency",    "jitter",         LOW, HIGH / 2,   ""),
    ("bandwidth",  "rate",           0,   HIGH / 100, ""),
    ("slow_close", "delay",          LOW, HIGH,       ""),
    ("timeout",    "timeout",        LOW, HIGH,       ""),
    ("reset_peer", "timeout",        LOW, HIGH,       ""),
    ("slicer",     "average_size",   1,   HIGH,       ""),
    ("slicer",     "size_variation", 0,   1000,       r#","average_size":1000"#),
    ("slicer",     "delay",          LOW, HIGH,       r#","average_size":1000"#),
    ("limit_data", "bytes",          LOW, HIGH,       ""),
];

#[rustfmt::skip]
const VALUES: &[&str] = &[
    "-9223372036854775808", "-1", "0", "1", "9223372036854775807", "9223372036854775808",
    "1.5", "1e3", "\"5\"", "null", "[]", "{}",
];

/// One attribute and one value for it.
struct Case {
    kind: &'static str,
    name: &'static str,
    range: (i64, i64),
    others: &'static str,
    value: &'static str,
}

impl Case {
    fn within_tolerance(&self) -> bool {
        match self.value.parse::<i64>() {
            Ok(number) => (self.range.0..=self.range.1).contains(&number),
            Err(_) => self.value == "null",
        }
    }

    /// What an answer must be: 200, or a 400 that names field, value and what is taken.
    fn check(&self, method: &str, status: u16, text: &str, good: bool) {
        let what = format!(
            "{method} {} {} {}: {text}",
            self.kind, self.name, self.value
        );
        assert_eq!(status, if good { 200 } else { 400 }, "{what}");
        if good {
            return;
        }
        let body: Value = serde_json::from_str(text).unwrap();
        let told = body["error"].as_str().unwrap();
        let missing = self.value == "null" && told.contains("missing");
        assert!(
            told.contains(&format!("attributes.{}", self.name)),
            "{what}"
        );
        assert!(told.contains(self.value) || missing, "{what}");
        // The message names the range that makes sense: a value below 0 is accepted and acts like 0.
        let (low, high) = (self.range.0.max(0), self.range.1);
        // What is below the range of a size_variation is below it whatever the average_size is.
        let highest = if self.name == "size_variation" {
            HIGH
        } else {
            high
        };
        let ranged = [high, highest].map(|end| match end {
            HIGH => format!("must be {low} or more"),
            end => format!("must be from {low} to {end}"),
        });
        let ranged = ranged.iter().any(|range| told.contains(range));
        let whole = told.contains("whole number");
        // The range of a number; for the rest that a number is wanted.
        assert!(
            if self.value.parse::<i64>().is_ok() {
                ranged
            } else {
                whole
            },
            "{what}"
        );
    }

    fn create(&self, rig: &Rig) {
        let Self {
            kind,
            name,
            others,
            value,
            ..
        } = self;
        let body =
            format!(r#"{{"type":"{kind}","name":"t","attributes":{{"{name}":{value}{others}}}}}"#);
        let answer = send(&rig.server, "POST", TOXICS, &body);
        let required = *name == "average_size" && *value == "null";
        self.check(
            "create",
            answer.status,
            &answer.text(),
            self.within_tolerance() && !required,
        );
        if answer.status == 200 {
            use_it(rig);
            rig.toxic("DELETE", "t", &Value::Null);
        }
        assert_eq!(rig.server.api("GET", TOXICS, "").text(), "[]");
    }

    fn update(&self, rig: &Rig) {
        let Self {
            kind, name, value, ..
        } = self;
        let base = if *kind == "slicer" {
            json!({"average_size": 1000})
        } else {
            json!({})
        };
        rig.add(&json!({"type": kind, "name": "t", "attributes": base}));
        let before = rig.server.api("GET", TOXICS, "").text();
        let body = format!(r#"{{"toxicity":0.5,"attributes":{{"{name}":{value}}}}}"#);
        let answer = send(&rig.server, "PATCH", &format!("{TOXICS}/t"), &body);
        self.check(
            "update",
            answer.status,
            &answer.text(),
            self.within_tolerance(),
        );
        let after = rig.server.api("GET", TOXICS, "").text();
        assert_eq!(
            after == before,
            answer.status == 400,
            "{body}: {before} {after}"
        );
        rig.toxic("PATCH", "t", &json!({"toxicity": 1}));
        use_it(rig);
        rig.toxic("DELETE", "t", &Value::Null);
    }
}

/// Lets data meet whatever the proxy has; what becomes of it is not looked at.
fn use_it(rig: &Rig) {
    let client = rig.connect();
    let _ = client.try_send(&[7; 5000]);
    client.shut_write();
}

/// A proxy that has nothing to do with the toxics so far.
fn still_works(server: &Server, upstream: &str, name: &str) {
    assert!(server.exit_status().is_none(), "{}", server.log_text());
    assert!(Peer::to(&create(server, name, upstream)).echoes(), "{name}");
}

fn sweep(kind: &str) {
    let rig = Rig::new(Kind::Echo);
    for &(its, name, low, high, others) in ATTRIBUTES.iter().filter(|row| row.0 == kind) {
        for &value in VALUES {
            let case = Case {
                kind: its,
                name,
                range: (low, high),
                others,
                value,
            };
            case.create(&rig);
            case.update(&rig);
        }
        still_works(&rig.server, &rig.upstream.addr(), &format!("after {name}"));
    }
    let log = rig.server.log_text();
    assert!(!log.contains("panic"), "{log}");
}

/// Toxiproxy takes values here that kill it with the data that follows.
#[test]
fn mend_01_edges_of_latency() {
    sweep("latency");
}

/// As above.
#[test]
fn mend_01_edges_of_bandwidth() {
    sweep("bandwidth");
}

/// As above.
#[test]
fn mend_01_edges_of_slicer() {
    sweep("slicer");
}

/// Fails on Toxiproxy for the wording of its refusals alone.
#[test]
fn mend_01_edges_of_the_others() {
    for kind in ["slow_close", "timeout", "reset_peer", "limit_data"] {
        sweep(kind);
    }
}

/// No kind of Toxiproxy 2.12 and no attribute of one is left out of the table above. Attributes beside those, and newer
/// kinds, have tests of their own.
#[test]
fn the_table_of_edges_is_the_catalogue() {
    let newer = [
        "packet_loss",
        "corrupt",
        "respond",
        "rate_limit",
        "status_code",
        "header",
        "modify_body",
    ];
    let catalogue: Vec<(&str, &str)> = aconite::toxics::Catalogue::default()
        .kinds()
        .filter(|kind| !newer.contains(&kind.name))
        .flat_map(|kind| {
            let own = kind.attributes.iter().filter(|attribute| !attribute.beside);
            own.map(|attribute| (kind.name, attribute.name))
        })
        .collect();
    let table: Vec<(&str, &str)> = ATTRIBUTES.iter().map(|row| (row.0, row.1)).collect();
    assert_eq!(table, catalogue);
}
