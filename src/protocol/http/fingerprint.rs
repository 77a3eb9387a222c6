//! What tells whether two requests are the same one, sent again.

use core::net::IpAddr;

use super::message::RequestHead;
use super::place::Place;

/// Which attempt a request is, as far as its fields tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The first one, or a later one, of some request of the application.
    Numbered {
        /// Whether it is the first.
        first: bool,
    },
    /// An attempt at the request with this key.
    Keyed(u64),
}

/// A request, and hashes of it that are computed when they are first needed.
#[derive(Debug)]
pub(super) struct Fingerprint<'a> {
    request: &'a RequestHead<'a>,
    client: Option<IpAddr>,
    same: Option<u64>,
}

impl<'a> Fingerprint<'a> {
    pub(super) fn of(request: &'a RequestHead<'a>, place: &Place) -> Self {
        Fingerprint {
            request,
            client: place.identity.client,
            same: None,
        }
    }

    /// A number that is the same for a request that is sent again: of the same client, with the same
    /// method, host, path, query, and `Idempotency-Key` or, without one, `Content-Length`. Never 0.
    pub(super) fn same(&mut self) -> u64 {
        *self.same.get_or_insert_with(|| {
            let request = self.request;
            let target = Hash::of_client(self.client)
                .text(request.method.as_bytes())
                .text(request.host.as_bytes())
                .text(request.path.as_bytes())
                .text(request.query.unwrap_or_default().as_bytes());
            let key = request.field("idempotency-key");
            let told = key.or_else(|| request.field("content-length"));
            target.text(told.unwrap_or_default()).end()
        })
    }

    /// Which attempt it is. `X-Stainless-Retry-Count` is sent by the client libraries of OpenAI and
    /// Anthropic, `Grpc-Previous-Rpc-Attempts` by gRPC (gRFC A6), from the second attempt on.
    pub(super) fn attempt(&self) -> Option<Attempt> {
        const COUNTS: [&str; 2] = ["x-stainless-retry-count", "grpc-previous-rpc-attempts"];
        let count = COUNTS.iter().find_map(|name| self.request.field(name));
        if let Some(count) = count {
            let first = count.iter().all(|digit| *digit == b'0');
            return Some(Attempt::Numbered { first });
        }
        let key = self.request.field("idempotency-key")?;
        let hash = Hash::of_client(self.client).text(self.request.path.as_bytes());
        Some(Attempt::Keyed(hash.text(key).end()))
    }
}

/// FNV-1a over texts, each with its length, so that texts cannot be split in another place.
#[derive(Clone, Copy)]
struct Hash(u64);

impl Hash {
    fn of_client(client: Option<IpAddr>) -> Self {
        let start = Hash(0xcbf2_9ce4_8422_2325);
        match client.map(|ip| ip.to_canonical()) {
            Some(IpAddr::V4(ip)) => start.text(&ip.octets()),
            Some(IpAddr::V6(ip)) => start.text(&ip.octets()),
            None => start,
        }
    }

    fn text(self, text: &[u8]) -> Self {
        let length = (text.len() as u64).to_le_bytes();
        Hash(length.iter().chain(text).fold(self.0, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        }))
    }

    fn end(self) -> u64 {
        self.0.max(1)
    }
}
