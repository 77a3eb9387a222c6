//! What the toxics of a run touched, for people and programs.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::cli::paint::harmless;
use crate::cli::view::Toxic;

/// A toxic, and what it touched.
pub(super) struct Touched {
    proxy: String,
    name: String,
    kind: String,
    stream: String,
    /// What the API last said of it; `None`: it never did.
    pub(super) stats: Option<Value>,
}

/// All of them, when the command has ended.
pub(super) struct Report {
    session: String,
    toxics: Vec<Touched>,
    code: u8,
}

impl Touched {
    pub(super) fn new(proxy: &str, toxic: &Toxic) -> Self {
        Touched {
            proxy: proxy.to_owned(),
            name: toxic.name.clone(),
            kind: toxic.kind.clone(),
            stream: toxic.stream.clone(),
            stats: None,
        }
    }

    fn count(&self, what: &str) -> u64 {
        let hits = self.stats.as_ref().and_then(|stats| stats.get("hits"));
        let count = hits.and_then(|hits| hits.get(what)?.as_u64());
        count.unwrap_or(0)
    }

    /// A connection is counted as soon as a toxic is shown its bytes or its end.
    fn is_hit(&self) -> bool {
        self.count("connections") > 0
    }

    fn name(&self) -> String {
        harmless(&format!("{} on {}", self.name, self.proxy))
    }

    fn text(&self) -> String {
        if self.stats.is_none() {
            return "what it touched is not known".to_owned();
        }
        if !self.is_hit() {
            return "touched nothing".to_owned();
        }
        let counts = ["connections", "bytes", "delayed", "closed", "reset"];
        let counts = counts.map(|what| format!("{what} {}", self.count(what)));
        let accuracy = self.stats.as_ref().and_then(|stats| stats.get("accuracy"));
        let degraded = match accuracy.and_then(Value::as_str) {
            Some("ok") | None => String::new(),
            Some(other) => format!(", accuracy {}", harmless(other)),
        };
        format!("{}{degraded}", counts.join(", "))
    }

    /// The API's answer, and whose it is.
    fn json(&self) -> Value {
        let mut value = self.stats.clone().unwrap_or_else(
            || json!({ "name": self.name, "type": self.kind, "stream": self.stream, "hits": null }),
        );
        if let Some(fields) = value.as_object_mut() {
            fields.insert("proxy".into(), self.proxy.as_str().into());
            fields.insert("touched".into(), self.is_hit().into());
        }
        value
    }
}

impl Report {
    pub(super) fn new(session: String, toxics: Vec<Touched>, code: u8) -> Self {
        Report {
            session,
            toxics,
            code,
        }
    }

    /// Whether every toxic touched something.
    pub(super) fn is_hit(&self) -> bool {
        self.toxics.iter().all(Touched::is_hit)
    }

    /// Names the toxics that touched nothing.
    pub(super) fn misses(&self) -> String {
        let missed = self.toxics.iter().filter(|toxic| !toxic.is_hit());
        let names: Vec<String> = missed.map(Touched::name).collect();
        let names = names.join(", ");
        format!("aconite run: --expect-hit: nothing was touched by {names}\n")
    }

    /// A line a toxic.
    pub(super) fn text(&self) -> String {
        let line = |toxic: &Touched| format!("aconite run: {}: {}\n", toxic.name(), toxic.text());
        self.toxics.iter().map(line).collect()
    }

    /// All of it in one line of JSON.
    pub(super) fn line(&self) -> String {
        format!("{}\n", self.json())
    }

    /// All of it as JSON, for a file.
    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        writeln!(to, "{:#}", self.json())
    }

    fn json(&self) -> Value {
        let toxics: Vec<Value> = self.toxics.iter().map(Touched::json).collect();
        json!({
            "session": self.session,
            "exit_code": self.code,
            "touched": self.is_hit(),
            "toxics": toxics,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touched(stats: Option<Value>) -> Touched {
        Touched {
            proxy: "pg".into(),
            name: "slow\x1b".into(),
            kind: "latency".into(),
            stream: "downstream".into(),
            stats,
        }
    }

    fn hits(connections: u64, accuracy: &str) -> Option<Value> {
        let hits =
            json!({"connections": connections, "bytes": 9, "delayed": 3, "closed": 0, "reset": 0});
        Some(json!({"name": "slow\x1b", "hits": hits, "accuracy": accuracy}))
    }

    fn text(toxics: Vec<Touched>) -> String {
        Report::new("run-1".into(), toxics, 0).text()
    }

    #[test]
    fn a_line_tells_what_was_touched() {
        let begins = "aconite run: slow\u{fffd} on pg: ";
        for (stats, told) in [
            (
                hits(2, "ok"),
                "connections 2, bytes 9, delayed 3, closed 0, reset 0\n",
            ),
            (
                hits(2, "degraded"),
                "connections 2, bytes 9, delayed 3, closed 0, reset 0, accuracy degraded\n",
            ),
            (hits(0, "ok"), "touched nothing\n"),
            (None, "what it touched is not known\n"),
            (Some(json!({"hits": 5})), "touched nothing\n"),
        ] {
            assert_eq!(text(vec![touched(stats)]), format!("{begins}{told}"));
        }
    }

    #[test]
    fn every_toxic_has_to_touch_something() {
        let toxics = vec![touched(hits(1, "ok")), touched(hits(0, "ok"))];
        let report = Report::new("run-1".into(), toxics, 7);
        assert!(!report.is_hit());
        assert_eq!(report.misses().matches("on pg").count(), 1);
        let told: Value = serde_json::from_str(&report.line()).unwrap();
        assert_eq!(
            (&told["touched"], &told["exit_code"]),
            (&json!(false), &json!(7))
        );
        assert_eq!(told["toxics"][0]["touched"], json!(true));
        assert_eq!(told["toxics"][0]["hits"]["delayed"], json!(3));
        assert_eq!(told["toxics"][1]["proxy"], json!("pg"));
    }
}
