//! Requests to a live server whose every answer is compared with the document.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::document::Document;
use support::{Request, Response, Server};

/// A server, and the documented answers that it has given.
pub struct Walk {
    pub document: Document,
    pub server: Server,
    pub seen: BTreeSet<(String, String, String)>,
}

/// `/proxies/{proxy}/toxics/{toxic}` with names filled in. The first name is also used for a
/// session, the second also for a connection's number.
pub fn fill(path: &str, first: &str, second: &str) -> String {
    let path = path.replace("{proxy}", first).replace("{session}", first);
    path.replace("{toxic}", second)
        .replace("{connection}", second)
}

/// The frames of a stream of events.
pub fn frames(text: &str) -> Vec<Value> {
    let blocks = text.split("\n\n").filter(|block| !block.is_empty());
    let frame = |block: &str| {
        let fields = block.lines().filter_map(|line| line.split_once(": "));
        let fields = fields.map(|(name, value)| match value.parse::<u64>() {
            Ok(number) if name == "retry" => (name.to_owned(), json!(number)),
            _ => (name.to_owned(), json!(value)),
        });
        Value::Object(fields.collect())
    };
    blocks.map(frame).collect()
}

impl Walk {
    /// A new server without proxies.
    pub fn start() -> Self {
        Self {
            document: Document::load(),
            server: Server::start(&["-proxy-metrics"]),
            seen: BTreeSet::new(),
        }
    }

    /// Sends a request to a route, whose path is the document's, and checks the answer.
    pub fn ask(&mut self, method: &str, route: &str, names: [&str; 2], body: &str) -> Response {
        let path = fill(route, names[0], names[1]);
        let answer = self.server.api(method, &path, body);
        self.check(method, route, body, &answer);
        answer
    }

    /// The same with a query, expecting this status.
    pub fn query(
        &mut self,
        status: u16,
        (method, route): (&str, &str),
        names: [&str; 2],
        query: &str,
    ) -> Response {
        let path = format!("{}?{query}", fill(route, names[0], names[1]));
        let answer = self.server.api(method, &path, "");
        self.check(method, route, "", &answer);
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        answer
    }

    /// Expects a status besides.
    pub fn expect(
        &mut self,
        status: u16,
        method: &str,
        route: &str,
        names: [&str; 2],
        body: &Value,
    ) {
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = self.ask(method, route, names, &text);
        assert_eq!(
            answer.status,
            status,
            "{method} {route} {body}: {}",
            answer.text()
        );
    }

    /// Whether the document promises such an answer.
    pub fn check(&mut self, method: &str, route: &str, body: &str, answer: &Response) {
        let sent = body.get(..200).unwrap_or(body);
        let what = format!(
            "{method} {route} {sent}: {} {}",
            answer.status,
            answer.text()
        );
        let operation = self.document.operation(route, method);
        let status = answer.status.to_string();
        let documented = self.document.resolve(&operation["responses"][&status]);
        assert!(documented.is_object(), "not documented: {what}");
        self.check_headers(documented, answer, &what);
        self.check_body(documented, answer, &what);
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if let (true, Ok(value)) = (answer.status < 300, serde_json::from_str(body)) {
            self.document
                .check(schema, &value, &format!("taken: {what}"));
        }
        self.seen
            .insert((route.to_owned(), method.to_owned(), status));
    }

    fn check_headers(&self, documented: &Value, answer: &Response, what: &str) {
        for (name, header) in documented["headers"].as_object().into_iter().flatten() {
            let header = self.document.resolve(header);
            let value = match answer.header(name) {
                Some(value) => value,
                None if header["required"] == false => continue,
                None => panic!("no {name}: {what}"),
            };
            self.document.check(&header["schema"], &value.into(), what);
        }
    }

    fn check_body(&self, documented: &Value, answer: &Response, what: &str) {
        let Some(content) = documented["content"].as_object() else {
            assert!(answer.body.is_empty(), "{what}");
            assert_eq!(answer.header("content-type"), None, "{what}");
            return;
        };
        let kind = answer.header("content-type").expect("a content type");
        let media = content
            .get(&kind)
            .unwrap_or_else(|| panic!("{kind} is not documented: {what}"));
        let schema = &media["schema"];
        if kind.starts_with("application/json") {
            self.document.check(schema, &answer.json(), what);
            return;
        }
        if kind == "text/event-stream" {
            for frame in frames(&answer.text()) {
                self.document.check(schema, &frame, what);
                let data = frame["data"].as_str().unwrap_or_default();
                let data = serde_json::from_str(data).unwrap_or(Value::Null);
                let inner = json!({"$ref": "#/components/schemas/EventData"});
                self.document.check(&inner, &data, what);
            }
            return;
        }
        self.document.check(schema, &answer.text().into(), what);
        if let Some(inner) = schema.get("contentSchema") {
            assert!(answer.text().ends_with("}\n"), "{what}");
            assert_eq!(answer.json()["status"], json!(answer.status), "{what}");
            self.document.check(inner, &answer.json(), what);
        }
    }

    /// A request with one additional header. It is not checked.
    pub fn ask_with(&self, method: &str, route: &str, header: (&str, &str)) -> Response {
        let request = Request {
            method: method.to_owned(),
            path: fill(route, "p", "t"),
            headers: vec![(header.0.to_owned(), header.1.to_owned())],
            ..Request::default()
        };
        self.server
            .request(&request, Duration::from_secs(10))
            .unwrap()
    }
}
