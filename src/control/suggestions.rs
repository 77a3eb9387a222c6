//! Suggestions for error messages: names similar to an unknown one, and the proxy that uses an address.
//!
//! Must not know how a suggestion is worded. The cost is bounded, because any request may contain an
//! unknown name.

use std::net::SocketAddr;

use super::handle::Control;
use crate::util::suggest::nearest;

/// The maximum length of names that are compared.
const LONGEST: usize = 64;
/// The maximum number of names that are compared.
const COMPARED: usize = 500;

/// Names to suggest in place of an unknown one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suggestions {
    /// The most similar name, if any is similar enough.
    pub nearest: Option<String>,
    /// The first few names.
    pub some: Vec<String>,
    /// How many names there are.
    pub count: usize,
}

impl Suggestions {
    /// The maximum number of names in `some`.
    pub const SOME: usize = 8;

    pub(super) fn of<'a>(
        written: &str,
        names: impl ExactSizeIterator<Item = &'a str> + Clone,
    ) -> Self {
        let short = |name: &&str| name.len() <= LONGEST;
        let compared = names.clone().take(COMPARED).filter(short);
        let near = match written.len() <= LONGEST {
            true => nearest(written, compared.clone()),
            false => None,
        };
        // Users often give the type instead of the name: `latency` for `latency_downstream`.
        let begins = |name: &&str| name.starts_with(written) && !written.is_empty();
        let near = near.or_else(|| compared.clone().find(begins));
        let near = near.or_else(|| nearest_group(written, compared.clone()));
        Suggestions {
            nearest: near.map(str::to_owned),
            count: names.len(),
            some: names
                .filter(short)
                .take(Self::SOME)
                .map(str::to_owned)
                .collect(),
        }
    }
}

/// The first name whose first word is similar, such as `satellite-geo` for `sattelite`.
fn nearest_group<'a>(
    written: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    if written.len() > LONGEST {
        return None;
    }
    let word = |name: &&'a str| name.split(['-', '_']).next().unwrap_or_default();
    let group = nearest(written, names.clone().map(|name| word(&name)))?;
    let mut names = names;
    names.find(|name| word(name) == group)
}

impl Control {
    /// Proxies to suggest in place of an unknown name.
    pub fn suggest_proxies(&self, written: &str) -> Suggestions {
        let proxies = self.registry.all();
        Suggestions::of(written, proxies.iter().map(|proxy| &*proxy.name))
    }

    /// Toxics of a proxy to suggest in place of an unknown name.
    pub fn suggest_toxics(&self, proxy: &str, written: &str) -> Suggestions {
        let Ok(proxy) = self.registry.find(proxy) else {
            return Suggestions::default();
        };
        let names = proxy.toxic_names();
        Suggestions::of(written, names.iter().map(String::as_str))
    }

    /// Sessions to suggest in place of an unknown name.
    pub fn suggest_sessions(&self, written: &str) -> Suggestions {
        let names: Vec<String> = self.sessions().into_iter().map(|view| view.name).collect();
        Suggestions::of(written, names.iter().map(String::as_str))
    }

    /// The proxy that listens on an address, if there is one.
    pub fn listener_on(&self, address: SocketAddr) -> Option<String> {
        let proxies = self.registry.all();
        let holds = |listen: &str| {
            let listen = listen.parse();
            listen.is_ok_and(|listen| overlap(listen, address))
        };
        let mut enabled = proxies.iter().filter(|proxy| proxy.is_enabled());
        let holder = enabled.find(|proxy| holds(&proxy.listen()))?;
        Some(holder.name.to_string())
    }

    /// The disabled proxy with this listen address, if there is one.
    pub fn disabled_with(&self, listen: &str) -> Option<String> {
        let proxies = self.registry.all().into_iter();
        let mut disabled = proxies.filter(|proxy| !proxy.is_enabled());
        let found = disabled.find(|proxy| proxy.listen() == listen)?;
        Some(found.name.to_string())
    }
}

/// Whether two sockets cannot listen on these addresses at the same time.
pub fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let (ip, other_ip) = (one.ip().to_canonical(), other.ip().to_canonical());
    let any = ip.is_unspecified() || other_ip.is_unspecified();
    one.port() == other.port() && (any || ip == other_ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn similar(written: &str, names: &[&str]) -> Option<String> {
        Suggestions::of(written, names.iter().copied()).nearest
    }

    #[test]
    fn a_misspelt_name_has_a_similar_one() {
        let names = ["redis", "postgres", "latency_downstream"];
        assert_eq!(similar("redsi", &names).as_deref(), Some("redis"));
        let whole = Some("latency_downstream");
        assert_eq!(similar("latency", &names).as_deref(), whole);
        assert_eq!(similar("latancy", &names).as_deref(), whole);
        assert_eq!(similar("kafka", &names), None);
        assert_eq!(similar("", &names), None);
    }

    #[test]
    fn long_names_and_many_names_are_not_compared() {
        let long = "n".repeat(LONGEST + 1);
        assert_eq!(similar(&long, &[&long]), None);
        let mut many = vec!["other"; COMPARED];
        many.push("redis");
        let found = Suggestions::of("redsi", many.iter().copied());
        assert_eq!((found.nearest, found.count), (None, COMPARED + 1));
        assert_eq!(found.some.len(), Suggestions::SOME);
    }

    #[test]
    fn a_wildcard_overlaps_with_every_address_of_its_port() {
        let held = |one: &str, other: &str| overlap(one.parse().unwrap(), other.parse().unwrap());
        assert!(held("[::]:80", "127.0.0.1:80"));
        assert!(held("127.0.0.1:80", "0.0.0.0:80"));
        assert!(held("[::ffff:127.0.0.1]:80", "127.0.0.1:80"));
        assert!(!held("127.0.0.2:80", "127.0.0.1:80"));
        assert!(!held("127.0.0.1:81", "127.0.0.1:80"));
    }
}
