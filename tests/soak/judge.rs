//! What an end of a connection may see, given what was done to its proxy and what its peer did.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::side::{Leave, Side};
use super::stream;
use super::world::World;

/// How a stream ended for its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Eof,
    Reset,
}

/// After a peer's reset the server may continue to deliver bytes in flight for 10 s.
const AFTER_RESET: Duration = Duration::from_secs(12);
/// Once a stop has been answered, every connection's end is on its way.
const AFTER_CUT: Duration = Duration::from_secs(2);
/// While no fault acts on a proxy, bytes and ends are forwarded at once.
const IN_CALM: Duration = Duration::from_secs(3);

type Wrong = (&'static str, String);

/// A stream's head was read, so the two ends are matched with each other.
///
/// # Errors
/// The head names no known end, or one that is matched with another end.
pub fn meet(world: &World, side: &Arc<Side>, head: &[u8]) -> Result<(), String> {
    let sender = stream::sender(head).ok_or_else(|| format!("no head: {head:02x?}"))?;
    let other = world
        .side(sender)
        .ok_or_else(|| format!("the stream of {sender}, which is no more"))?;
    let fits = other.proxy == side.proxy && other.is_client != side.is_client;
    let taken = *other.reader.get_or_init(|| side.id) != side.id;
    let crossed = other
        .partner
        .get()
        .is_some_and(|partner| *partner != side.id);
    if !fits || taken || crossed {
        return Err(format!("the stream of {other:?}"));
    }
    let _ = side.partner.set(sender);
    let _ = side.met.set(Instant::now());
    let _ = other.met.set(Instant::now());
    Ok(())
}

fn other(world: &World, side: &Side) -> Option<Arc<Side>> {
    side.other().and_then(|id| world.side(id))
}

/// When the client connected, if it is known.
fn began(side: &Side, other: Option<&Arc<Side>>) -> Instant {
    let client = other.filter(|other| other.is_client);
    client.map_or(side.born, |client| client.born)
}

/// A stream has ended for `side`, after `side` has read this many bytes of it.
pub fn end(world: &World, side: &Arc<Side>, end: End, received: u64) {
    let other = other(world, side);
    let weather = &world.proxies[side.proxy].weather;
    if weather.was_destructive(began(side, other.as_ref())) {
        return world.book.judged("a clean prefix, under fire");
    }
    let Some(other) = other else {
        if side.is_client {
            world.book.unexplained_client(side.proxy);
        }
        return world.book.judged("end without a word");
    };
    if other.left.get().is_some() {
        return world.book.judged("a clean prefix, peer gone");
    }
    if end == End::Eof && other.has_finished() && received == other.total {
        return world.book.judged("complete, orderly end");
    }
    let kind = match end {
        End::Reset => "reset that nobody asked for",
        End::Eof if other.has_finished() => "lost bytes",
        End::Eof => "end that nobody asked for",
    };
    let text = format!(
        "after {received} of {} bytes; {side:?} of {other:?}",
        other.total
    );
    world.violate(kind, &text);
}

/// `side` has waited for bytes for this long.
///
/// # Errors
/// It should have seen something by now.
pub fn waiting(
    world: &World,
    side: &Arc<Side>,
    received: u64,
    waited: Duration,
) -> Result<(), Wrong> {
    let other = other(world, side);
    let weather = &world.proxies[side.proxy].weather;
    let told = || format!("waited {waited:?} after {received} bytes; {side:?} of {other:?}");
    // A connection that was not served yet may outlast a change of the upstream.
    let over = side.met.get().and_then(|met| weather.over(*met));
    if over.is_some_and(|over| world.exceeds(over.min(waited), AFTER_CUT)) {
        return Err(("stopped is not gone", told()));
    }
    let Some(partner) = &other else {
        return Ok(());
    };
    let gone = partner.left.get();
    let reset = gone.filter(|(_, how)| *how == Leave::Reset);
    if reset.is_some_and(|(at, _)| world.exceeds(at.elapsed().min(waited), AFTER_RESET)) {
        return Err(("no end after a reset", told()));
    }
    let quiet = gone.map_or(partner.quiet(), |(at, _)| at.elapsed());
    if !world.exceeds(waited.min(quiet).min(weather.calm()), IN_CALM) {
        return Ok(());
    }
    if gone.is_some() || partner.has_finished() {
        return Err(("no end in the calm", told()));
    }
    if partner.sent.load(std::sync::atomic::Ordering::SeqCst) > received {
        return Err(("bytes stuck in the calm", told()));
    }
    Ok(())
}
