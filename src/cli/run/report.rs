//! The report of a run, for people and programs: what its toxics touched.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::util::text::escape;
use crate::wire::{Hits, Stats, Toxic};

/// A toxic of the run, and what it touched.
pub(crate) struct ToxicReport {
    proxy: String,
    name: String,
    kind: String,
    stream: String,
    /// The last statistics that the API returned for it. `None`: it never returned any.
    pub(crate) stats: Option<(Stats, Value)>,
    /// Whether the statistics are final: nothing can have been touched after they were read.
    pub(crate) is_complete: bool,
}

/// What is reported after the command has ended.
pub(crate) struct Report {
    session: String,
    toxics: Vec<ToxicReport>,
    code: u8,
}

impl ToxicReport {
    pub(crate) fn new(proxy: &str, toxic: &Toxic) -> Self {
        ToxicReport {
            proxy: proxy.to_owned(),
            name: toxic.name.clone(),
            kind: toxic.kind.clone(),
            stream: toxic.stream.clone(),
            stats: None,
            is_complete: false,
        }
    }

    fn hits(&self) -> Hits {
        let stats = self.stats.as_ref();
        stats.map(|(stats, _)| stats.hits).unwrap_or_default()
    }

    /// Whether it touched a connection, that is, was shown its data or its end; for a toxic that looks at
    /// requests, whether it acted on one. `None`: unknown,
    /// because it may have touched one after the statistics were read.
    fn is_hit(&self) -> Option<bool> {
        let stats = self.stats.as_ref().map(|(stats, _)| stats);
        let seen = match stats.and_then(|stats| stats.requests.as_ref()) {
            Some(requests) => requests.acted > 0,
            None => self.hits().connections > 0,
        };
        (seen || (self.is_complete && self.stats.is_some())).then_some(seen)
    }

    fn name(&self) -> String {
        escape(&format!("{} on {}", self.name, self.proxy))
    }

    fn text(&self) -> String {
        match self.is_hit() {
            None => return "what it touched is not known".to_owned(),
            Some(false) => return "touched nothing".to_owned(),
            Some(true) => {}
        }
        let Hits {
            connections,
            bytes,
            delayed,
            closed,
            reset,
            unframed,
        } = self.hits();
        let stats = self.stats.as_ref();
        let accuracy = stats.map_or("unknown", |(stats, _)| stats.accuracy.as_str());
        let accuracy = match accuracy {
            "ok" | "unknown" => String::new(),
            other => format!(", accuracy {}", escape(other)),
        };
        let requests = stats.and_then(|(stats, _)| stats.requests.as_ref());
        let requests = requests.map_or_else(String::new, |requests| {
            format!("requests {} of {}, ", requests.acted, requests.seen)
        });
        let unframed = match unframed {
            0 => String::new(),
            bytes => format!(", unframed {bytes}"),
        };
        let seen = if self.is_complete {
            ""
        } else {
            ", as last seen"
        };
        format!(
            "{requests}connections {connections}, bytes {bytes}, delayed {delayed}, closed {closed}, reset {reset}{unframed}{accuracy}{seen}"
        )
    }

    /// The API's statistics, with the proxy, and whether the toxic touched anything.
    fn json(&self) -> Value {
        let answer = self.stats.as_ref().map(|(_, answer)| answer.clone());
        let mut value = answer.unwrap_or_else(
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
    pub(crate) fn new(session: String, toxics: Vec<ToxicReport>, code: u8) -> Self {
        Report {
            session,
            toxics,
            code,
        }
    }

    /// The command's exit code.
    pub(crate) fn code(&self) -> u8 {
        self.code
    }

    /// Whether every toxic touched something. `None`: unknown for at least one toxic, and true for
    /// all others.
    pub(crate) fn is_hit(&self) -> Option<bool> {
        let mut hits = self.toxics.iter().map(ToxicReport::is_hit);
        match hits.clone().any(|hit| hit == Some(false)) {
            true => Some(false),
            false => hits.all(|hit| hit.is_some()).then_some(true),
        }
    }

    /// Names the toxics that touched nothing, and those for which it is unknown.
    pub(crate) fn misses(&self) -> String {
        let text = |hit: Option<bool>, what: &str| {
            let toxics = self.toxics.iter().filter(|toxic| toxic.is_hit() == hit);
            let names: Vec<String> = toxics.map(ToxicReport::name).collect();
            match names.is_empty() {
                true => String::new(),
                false => format!("aconite run: --expect-hit: {what} {}\n", names.join(", ")),
            }
        };
        let missed = text(Some(false), "nothing was touched by");
        missed + &text(None, "it is not known whether anything was touched by")
    }

    /// One line for each toxic.
    pub(crate) fn text(&self) -> String {
        let line =
            |toxic: &ToxicReport| format!("aconite run: {}: {}\n", toxic.name(), toxic.text());
        self.toxics.iter().map(line).collect()
    }

    /// The report as one line of JSON.
    pub(crate) fn json_line(&self) -> String {
        format!("{}\n", self.json())
    }

    /// Writes the report as JSON, to a file.
    pub(crate) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        writeln!(to, "{:#}", self.json())
    }

    fn json(&self) -> Value {
        let toxics: Vec<Value> = self.toxics.iter().map(ToxicReport::json).collect();
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

    fn touched(stats: Option<Value>) -> ToxicReport {
        seen(stats, true)
    }

    fn seen(stats: Option<Value>, is_complete: bool) -> ToxicReport {
        ToxicReport {
            proxy: "pg".into(),
            name: "slow\x1b".into(),
            kind: "latency".into(),
            stream: "downstream".into(),
            stats: stats.map(|stats| (serde_json::from_value(stats.clone()).unwrap(), stats)),
            is_complete,
        }
    }

    fn hits(connections: u64, accuracy: &str) -> Option<Value> {
        let hits =
            json!({"connections": connections, "bytes": 9, "delayed": 3, "closed": 0, "reset": 0});
        Some(
            json!({"name": "slow\x1b", "type": "latency", "stream": "downstream", "hits": hits, "accuracy": accuracy}),
        )
    }

    fn text(toxics: Vec<ToxicReport>) -> String {
        Report::new("run-1".into(), toxics, 0).text()
    }

    #[test]
    fn line_of_a_toxic_lists_what_it_touched() {
        let begins = "aconite run: slow\\u{1b} on pg: ";
        for (stats, expected) in [
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
        ] {
            assert_eq!(text(vec![touched(stats)]), format!("{begins}{expected}"));
        }
    }

    #[test]
    fn run_is_a_hit_only_if_every_toxic_touched_something() {
        let toxics = vec![touched(hits(1, "ok")), touched(hits(0, "ok"))];
        let report = Report::new("run-1".into(), toxics, 7);
        assert_eq!(report.is_hit(), Some(false));
        assert_eq!(report.misses().matches("on pg").count(), 1);
        let text: Value = serde_json::from_str(&report.json_line()).unwrap();
        assert_eq!(
            (&text["touched"], &text["exit_code"]),
            (&json!(false), &json!(7))
        );
        assert_eq!(text["toxics"][0]["touched"], json!(true));
        assert_eq!(text["toxics"][0]["hits"]["delayed"], json!(3));
        assert_eq!(text["toxics"][1]["proxy"], json!("pg"));
    }

    #[test]
    fn incomplete_statistics_leave_it_unknown_whether_a_toxic_touched_nothing() {
        let none = || seen(hits(0, "ok"), false);
        let some = || seen(hits(2, "ok"), false);
        for (toxics, hit, text, not_known) in [
            (vec![none()], None, "what it touched is not known\n", true),
            (vec![some()], Some(true), "reset 0, as last seen\n", false),
            (vec![touched(hits(1, "ok")), none()], None, "", true),
            (vec![touched(hits(0, "ok")), none()], Some(false), "", true),
        ] {
            let report = Report::new("run-1".into(), toxics, 0);
            assert_eq!(report.is_hit(), hit, "{}", report.text());
            assert!(report.text().contains(text), "{}", report.text());
            let misses = report.misses();
            assert_eq!(misses.contains("not known"), not_known, "{misses}");
            let nothing = misses.contains("nothing was touched");
            assert_eq!(nothing, hit == Some(false), "{misses}");
            let line: Value = serde_json::from_str(&report.json_line()).unwrap();
            assert_eq!(line["touched"], json!(hit), "{line}");
        }
    }
}
