//! Sends requests that a limit refuses, and checks the answer.

use serde_json::Value;

use support::Server;
use support::rig::call;

/// All proxies with their toxics.
pub fn state(server: &Server) -> Value {
    server.api("GET", "/proxies", "").json()
}

/// A request that must be refused with 400, all of these words, and no change to anything.
pub fn refused(server: &Server, path: &str, body: &Value, words: &[&str]) {
    let before = state(server);
    let answer = call(server, "POST", path, body);
    let text = answer.text();
    let shown: String = text.chars().take(300).collect();
    assert_eq!(answer.status, 400, "POST {path}: {shown}");
    for word in words {
        assert!(text.contains(word), "{word} is not in {shown}");
    }
    assert!(state(server) == before, "POST {path} has changed something");
}

/// A request that must be taken.
pub fn taken(server: &Server, path: &str, body: &Value) -> Value {
    let answer = call(server, "POST", path, body);
    let text: String = answer.text().chars().take(300).collect();
    assert!([200, 201].contains(&answer.status), "POST {path}: {text}");
    answer.json()
}
