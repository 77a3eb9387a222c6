//! How toxics end connections and hold data, as sockets show it.

use std::time::{Duration, Instant};

use serde_json::json;
use support::Kind;
use support::rig::{End, PATIENCE, Rig};

const BYTES: usize = 200_000;

fn pattern() -> Vec<u8> {
    (0..2 * BYTES).map(|at| (at % 251) as u8).collect()
}

/// Even with RST, the receiver gets every byte that was to pass.
#[test]
fn limit_data_delivers_exactly_its_bytes_and_then_ends_as_asked() {
    for (end, seen) in [("fin", End::Eof), ("rst", End::Reset), ("half", End::Eof)] {
        let rig = Rig::new(Kind::Manual);
        rig.add(&json!({"type": "limit_data", "attributes": {"bytes": BYTES}, "end": end}));
        let (client, upstream) = rig.pair();
        let all = pattern();
        let sender = std::thread::spawn(move || {
            // A closed connection refuses some of the rest.
            let _ = upstream.try_send(&all);
            upstream
        });
        let (bytes, ending) = client.read_to_end();
        assert_eq!((bytes.len(), ending), (BYTES, seen), "{end}");
        assert!(bytes == pattern()[..BYTES]);
        let upstream = sender.join().unwrap();
        if end == "half" {
            client.send(b"the other direction");
            assert_eq!(upstream.read(19), b"the other direction");
            client.shut_write();
            assert_eq!(upstream.read_to_end(), (Vec::new(), End::Eof));
        }
    }
}

#[test]
fn timeout_resets_both_sides_if_asked() {
    let rig = Rig::new(Kind::Manual);
    let toxic = json!({"type": "timeout", "attributes": {"timeout": 100}, "end": "rst"});
    rig.add(&toxic);
    let (client, upstream) = rig.pair();
    assert_eq!(client.read_to_end().1, End::Reset);
    assert_eq!(upstream.read_to_end().1, End::Reset);
}

/// `hold` is a stalled receiver: the sender's system learns of a closed window, and everything
/// arrives once the toxic is removed.
#[test]
fn hold_closes_the_window_and_lets_the_data_flow_when_it_goes() {
    let rig = Rig::new(Kind::Manual);
    rig.add(&json!({
        "name": "held", "type": "timeout", "stream": "upstream",
        "attributes": {"timeout": 0}, "hold": true
    }));
    let (client, upstream) = rig.pair();
    let bytes = vec![7; 64 * 1024 * 1024];
    let sent = client.stuff(&bytes);
    assert!(sent < bytes.len(), "the client must be stopped");
    #[cfg(target_os = "linux")]
    assert!(has_closed_window(&client), "no closed window was reported");
    rig.toxic("DELETE", "held", &serde_json::Value::Null);
    client.shut_write();
    let (received, end) = upstream.read_to_end();
    assert_eq!((received.len(), end), (sent, End::Eof));
}

/// Whether the system probes a closed window on the client's socket, by `ss -to`.
#[cfg(target_os = "linux")]
fn has_closed_window(client: &support::rig::Peer) -> bool {
    let port = client.0.local_addr().unwrap().port();
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let mut command = std::process::Command::new("ss");
        let filter = format!("sport = :{port}");
        let Ok(output) = command.args(["-Htno", &filter]).output() else {
            support::skip("ss is not installed");
            return true;
        };
        if String::from_utf8_lossy(&output.stdout).contains("persist") {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}
