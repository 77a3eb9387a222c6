//! Keeps fuzzing on this machine: decides which listen addresses may really be bound.
//!
//! A body may contain `0.0.0.0:22` or name a host. Addresses that are rejected without asking the
//! system are allowed, as is a free port of loopback. Everything else is skipped.

use aconite::control::{NewProxy, check_listen};
use aconite::decode::read_proxies;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Whether listening there disturbs no other program.
fn is_harmless(listen: &str) -> bool {
    let here = ["127.0.0.1:", "[::1]:", "localhost:", "[::ffff:127.0.0.1]:"];
    let port = here.iter().find_map(|host| listen.strip_prefix(host));
    port.is_some_and(|port| ["", "0", "00", "+0", "-0"].contains(&port))
        // An address for documentation (RFC 5737), which no machine has.
        || listen == "192.0.2.1:0"
        || (!listen.is_empty() && check_listen(listen).is_some_and(|finding| finding.fatal))
}

/// Whether all of these proxies may be created. One without a name or an upstream is rejected
/// anyway; one without a listen address would listen anywhere.
pub fn are_harmless(proxies: &[NewProxy]) -> bool {
    let is_refused = |proxy: &NewProxy| proxy.name.is_none() || proxy.upstream.is_none();
    proxies.iter().all(|proxy| match &proxy.listen {
        Some(listen) => is_harmless(listen),
        None => is_refused(proxy),
    })
}

/// Whether a body may be sent with any request: as a list of proxies, a proxy, or an update of one.
pub fn is_harmless_body(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    let first = <&RawValue>::deserialize(&mut serde_json::Deserializer::from_str(&text));
    let Ok(first) = first.map(RawValue::get) else {
        return true;
    };
    let list = read_proxies(first.as_bytes());
    let list = list.or_else(|_| read_proxies(format!("[{first}]").as_bytes()));
    match list {
        Ok(proxies) => are_harmless(&proxies),
        // An update does not look at all fields, so it may accept what is not a proxy.
        Err(_) => !["isten", "\\u", "\u{17f}"]
            .iter()
            .any(|trace| first.to_lowercase().contains(trace)),
    }
}
