//! File systems without a writable directory.

use serde_json::{Value, json};

use super::wrapped::Wrapped;
use support::rig::Peer;
use support::upstream;

/// A short version of everything that an hour-long test would do.
fn assert_works(server: &Wrapped) {
    let echo = upstream::echo();
    let address = server.create("p", &echo.addr());
    assert!(Peer::to(&address).echoes());
    let latency = json!({"type": "latency", "attributes": {"latency": 1}});
    assert_eq!(
        server.ask("POST", "/proxies/p/toxics", &latency).status,
        200
    );
    assert!(Peer::to(&address).echoes());
    for (method, path, status) in [
        ("GET", "/proxies", 200),
        ("GET", "/version", 200),
        ("POST", "/reset", 204),
        ("DELETE", "/proxies/p", 204),
    ] {
        assert_eq!(
            server.ask(method, path, &Value::Null).status,
            status,
            "{path}"
        );
    }
}

#[test]
fn server_runs_on_a_read_only_root_without_home() {
    // Writable directories that may be separate mounts become read-only too, which is verified.
    let script = "cd / && mount -o remount,bind,ro / && for place in /tmp /var/tmp /dev/shm; do \
        mount --bind $place $place && mount -o remount,bind,ro $place && \
        ! touch $place/x 2>/dev/null || exit 9; done && \
        ! touch /x 2>/dev/null && exec env -i \"$@\"";
    if let Some(server) = Wrapped::in_namespace(script) {
        assert_works(&server);
    }
}

#[test]
fn server_runs_without_working_directory_and_environment() {
    // The working directory is removed before the server starts in it.
    let script = "cd \"$(mktemp -d)\" && rmdir \"$PWD\" && exec env -i \"$@\"";
    assert_works(&Wrapped::start(&[], script).unwrap());
}
