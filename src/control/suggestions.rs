//! What is there that somebody may have meant, and who holds an address: for hints about errors.
//!
//! May know: the registries. Must not know: HTTP, how a hint reads. Cost is bounded, because any
//! request may ask for a name that is not there.

use std::net::SocketAddr;

use super::handle::Control;
use crate::util::suggest::nearest;

/// Longest name that is compared, in bytes, and how many are compared with.
const LONGEST: usize = 64;
const COMPARED: usize = 500;

/// The names of a kind of thing, beside one that is not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Similar {
    /// The one that was probably meant.
    pub nearest: Option<String>,
    /// The first few.
    pub some: Vec<String>,
    /// How many there are.
    pub count: usize,
}

impl Similar {
    /// How many names `some` has at most.
    pub const SOME: usize = 8;

    fn of<'a>(written: &str, names: impl ExactSizeIterator<Item = &'a str> + Clone) -> Self {
        let short = |name: &&str| name.len() <= LONGEST;
        let compared = names.clone().take(COMPARED).filter(short);
        let near = match written.len() <= LONGEST {
            true => nearest(written, compared.clone()),
            false => None,
        };
        // `latency` for `latency_downstream`: many take a toxic's type for its name.
        let begins = |name: &&str| name.starts_with(written) && !written.is_empty();
        let near = near.or_else(|| compared.clone().find(begins));
        Similar {
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

impl Control {
    /// The proxies that there are, beside a name that none has.
    pub fn similar_proxies(&self, written: &str) -> Similar {
        let proxies = self.registry.all();
        Similar::of(written, proxies.iter().map(|proxy| &*proxy.name))
    }

    /// The toxics of a proxy, beside a name that none has.
    pub fn similar_toxics(&self, proxy: &str, written: &str) -> Similar {
        let Ok(proxy) = self.registry.find(proxy) else {
            return Similar::default();
        };
        let names = proxy.toxic_names();
        Similar::of(written, names.iter().map(String::as_str))
    }

    /// The sessions that there are, beside a name that none has.
    pub fn similar_sessions(&self, written: &str) -> Similar {
        let names: Vec<String> = self.sessions().into_iter().map(|view| view.name).collect();
        Similar::of(written, names.iter().map(String::as_str))
    }

    /// The proxy that listens on an address, if one of them does.
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
}

/// Whether no two sockets can listen on these at a time.
pub fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let (ip, other_ip) = (one.ip().to_canonical(), other.ip().to_canonical());
    let any = ip.is_unspecified() || other_ip.is_unspecified();
    one.port() == other.port() && (any || ip == other_ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn similar(written: &str, names: &[&str]) -> Option<String> {
        Similar::of(written, names.iter().copied()).nearest
    }

    #[test]
    fn a_misspelt_name_has_a_nearest_one() {
        let names = ["redis", "postgres", "latency_downstream"];
        assert_eq!(similar("redsi", &names).as_deref(), Some("redis"));
        let whole = Some("latency_downstream");
        assert_eq!(similar("latency", &names).as_deref(), whole);
        assert_eq!(similar("kafka", &names), None);
        assert_eq!(similar("", &names), None);
    }

    #[test]
    fn long_names_and_many_names_are_not_compared() {
        let long = "n".repeat(LONGEST + 1);
        assert_eq!(similar(&long, &[&long]), None);
        let mut many = vec!["other"; COMPARED];
        many.push("redis");
        let found = Similar::of("redsi", many.iter().copied());
        assert_eq!((found.nearest, found.count), (None, COMPARED + 1));
        assert_eq!(found.some.len(), Similar::SOME);
    }

    #[test]
    fn wildcards_hold_every_address_of_their_port() {
        let held = |one: &str, other: &str| overlap(one.parse().unwrap(), other.parse().unwrap());
        assert!(held("[::]:80", "127.0.0.1:80"));
        assert!(held("127.0.0.1:80", "0.0.0.0:80"));
        assert!(held("[::ffff:127.0.0.1]:80", "127.0.0.1:80"));
        assert!(!held("127.0.0.2:80", "127.0.0.1:80"));
        assert!(!held("127.0.0.1:81", "127.0.0.1:80"));
    }
}
