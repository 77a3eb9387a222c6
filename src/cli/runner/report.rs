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
    /// Whether that is all of it, and not what was seen before it could no longer be asked for.
    pub(super) is_whole: bool,
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
            is_whole: false,
        }
    }

    fn count(&self, what: &str) -> u64 {
        let hits = self.stats.as_ref().and_then(|stats| stats.get("hits"));
        let count = hits.and_then(|hits| hits.get(what)?.as_u64());
        count.unwrap_or(0)
    }

    /// A connection is counted as soon as a toxic is shown its bytes or its end. `None`: it is not
    /// known, since it may have touched something behind what was seen.
    fn is_hit(&self) -> Option<bool> {
        let seen = self.count("connections") > 0;
        (seen || (self.is_whole && self.stats.is_some())).then_some(seen)
    }

    fn name(&self) -> String {
        harmless(&format!("{} on {}", self.name, self.proxy))
    }

    fn text(&self) -> String {
        match self.is_hit() {
            None => return "what it touched is not known".to_owned(),
            Some(false) => return "touched nothing".to_owned(),
            Some(true) => {}
        }
        let counts = ["connections", "bytes", "delayed", "closed", "reset"];
        let counts = counts.map(|what| format!("{what} {}", self.count(what)));
        let accuracy = self.stats.as_ref().and_then(|stats| stats.get("accuracy"));
        let degraded = match accuracy.and_then(Value::as_str) {
            Some("ok" | "unknown") | None => String::new(),
            Some(other) => format!(", accuracy {}", harmless(other)),
        };
        let seen = if self.is_whole { "" } else { ", as last seen" };
        format!("{}{degraded}{seen}", counts.join(", "))
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

    /// Whether every toxic touched something. `None`: as far as is known.
    pub(super) fn is_hit(&self) -> Option<bool> {
        let mut hits = self.toxics.iter().map(Touched::is_hit);
        match hits.clone().any(|hit| hit == Some(false)) {
            true => Some(false),
            false => hits.all(|hit| hit.is_some()).then_some(true),
        }
    }

    /// Names the toxics that touched nothing, and those of which it is not known.
    pub(super) fn misses(&self) -> String {
        let told = |hit: Option<bool>, what: &str| {
            let toxics = self.toxics.iter().filter(|toxic| toxic.is_hit() == hit);
            let names: Vec<String> = toxics.map(Touched::name).collect();
            match names.is_empty() {
                true => String::new(),
                false => format!("aconite run: --expect-hit: {what} {}\n", names.join(", ")),
            }
        };
        let missed = told(Some(false), "nothing was touched by");
        missed + &told(None, "it is not known whether anything was touched by")
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
        seen(stats, true)
    }

    fn seen(stats: Option<Value>, is_whole: bool) -> Touched {
        Touched {
            proxy: "pg".into(),
            name: "slow\x1b".into(),
            kind: "latency".into(),
            stream: "downstream".into(),
            stats,
            is_whole,
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
        assert_eq!(report.is_hit(), Some(false));
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

    #[test]
    fn what_was_seen_before_the_end_may_not_be_all() {
        let none = || seen(hits(0, "ok"), false);
        let some = || seen(hits(2, "ok"), false);
        for (toxics, hit, told, not_known) in [
            (vec![none()], None, "what it touched is not known\n", true),
            (vec![some()], Some(true), "reset 0, as last seen\n", false),
            (vec![touched(hits(1, "ok")), none()], None, "", true),
            (vec![touched(hits(0, "ok")), none()], Some(false), "", true),
        ] {
            let report = Report::new("run-1".into(), toxics, 0);
            assert_eq!(report.is_hit(), hit, "{}", report.text());
            assert!(report.text().contains(told), "{}", report.text());
            let misses = report.misses();
            assert_eq!(misses.contains("not known"), not_known, "{misses}");
            let nothing = misses.contains("nothing was touched");
            assert_eq!(nothing, hit == Some(false), "{misses}");
            let line: Value = serde_json::from_str(&report.line()).unwrap();
            assert_eq!(line["touched"], json!(hit), "{line}");
        }
    }
}
