//! Dials an upstream by racing its addresses, within a time limit.
//!
//! `race.rs` decides the order and the timing of attempts, and `socket.rs` creates the sockets. A
//! built-in upstream is reached at once.

mod race;
mod socket;

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpStream;

use super::address::{AddressError, HostPort, system_error};
use super::built_in::{BuiltIn, UpstreamAddress};
use super::clock::{Clock, Wait};
use super::fd_limit::{FdLimit, FdPermit};
use super::lookup::Lookups;
use super::loop_detection::{Hops, LoopDetector, Registration};
use super::peer::Peer;
use super::transport::built_in::BuiltInStream;
use crate::engine::Moment;
use race::{Race, Step};
use socket::{begin, connected};

/// The time limit for dialling an upstream, including name lookups and attempts on all addresses.
pub const DIAL_LIMIT: Duration = Duration::from_secs(10);

/// How often to retry after a TCP self-connect. If nobody listens on the dialled port, the system may
/// choose that same port as the source port. Go's `net.Dial` retries in the same way.
const SELF_CONNECTS: usize = 3;

/// Why the upstream could not be reached.
#[derive(Debug, Error)]
pub(super) enum DialError {
    #[error("{0}")]
    Address(#[from] AddressError),
    #[error("connect {address}: {}", system_error(.source))]
    Connect {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("no answer within {} s", DIAL_LIMIT.as_secs())]
    Late,
}

/// What dialling needs, shared by all connections. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Dialler {
    pub(super) lookups: Lookups,
    pub(super) fd_limit: FdLimit,
    pub(super) loop_detector: LoopDetector,
    pub(super) clock: Clock,
}

/// The result of a successful dial.
#[derive(Debug)]
pub(super) struct Dialled {
    pub(super) peer: Peer,
    pub(super) address: UpstreamAddress,
    /// Must be kept as long as the socket.
    pub(super) registration: Option<Registration>,
}

/// A dial that can be cancelled with an orderly close. An upstream may have accepted an attempt before
/// the dial knows of it, and must then see a FIN rather than an RST.
pub(super) struct Dial<'a> {
    dialler: &'a Dialler,
    /// The proxies that the client's connection has come through.
    hops: &'a Hops,
    /// The permit for the upstream's socket, while no attempt holds it.
    permit: Option<FdPermit>,
    /// Oldest first, in the same order as in the race.
    attempts: Vec<Attempt>,
}

/// An attempt to connect to one address.
struct Attempt {
    socket: Connecting,
    address: SocketAddr,
    permit: Option<FdPermit>,
    /// The self-connect retries left.
    again: usize,
}

/// A socket that is being connected.
struct Connecting {
    stream: TcpStream,
    registration: Registration,
}

impl<'a> Dial<'a> {
    pub(super) fn new(dialler: &'a Dialler, hops: &'a Hops, permit: Option<FdPermit>) -> Self {
        Dial {
            dialler,
            hops,
            permit,
            attempts: Vec::new(),
        }
    }

    /// Resolves the upstream and races its addresses; the first to connect wins.
    pub(super) async fn run(&mut self, upstream: &str) -> Result<Dialled, DialError> {
        if let Some(built_in) = BuiltIn::parse(upstream) {
            // It needs no descriptor.
            self.permit = None;
            return Ok(Dialled {
                peer: Peer::new(BuiltInStream::new(built_in), None),
                address: UpstreamAddress::BuiltIn(built_in),
                registration: None,
            });
        }
        let Dialler { lookups, clock, .. } = self.dialler;
        let deadline = clock.now() + DIAL_LIMIT;
        let look_up = async { Ok(HostPort::parse(upstream)?.targets(lookups).await?) };
        let targets = clock.limit(deadline, look_up).await;
        let targets = targets.unwrap_or(Err(DialError::Late))?;
        self.race(targets, deadline).await
    }

    async fn race(
        &mut self,
        addresses: Vec<SocketAddr>,
        deadline: Moment,
    ) -> Result<Dialled, DialError> {
        let clock = &self.dialler.clock;
        let mut race = Race::new(addresses, clock.now(), deadline);
        let (mut last, mut timer) = (None, None);
        let dialled = poll_fn(|context| {
            loop {
                match self.poll_attempts(&mut race, context) {
                    Ok(Some(dialled)) => return Poll::Ready(Some(dialled)),
                    Ok(None) => {}
                    Err(error) => last = Some(error),
                }
                let now = clock.now();
                match race.step(now) {
                    Step::Begin { address, first } => {
                        last = self.begin(&mut race, address, first).err().or(last.take());
                    }
                    Step::GiveUpOldest => {
                        self.remove(0);
                        race.failed(0, now);
                    }
                    Step::Wait(moment) if !has_come(&mut timer, clock, moment, context) => {
                        return Poll::Pending;
                    }
                    Step::Wait(_) => {}
                    Step::Over => return Poll::Ready(None),
                }
            }
        });
        match dialled.await {
            Some(dialled) => Ok(dialled),
            None if self.attempts.is_empty() => Err(last.unwrap_or(DialError::Late)),
            None => Err(DialError::Late),
        }
    }

    /// Begins an attempt, if a file descriptor is available for it.
    fn begin(
        &mut self,
        race: &mut Race,
        address: SocketAddr,
        first: bool,
    ) -> Result<(), DialError> {
        let now = self.dialler.clock.now();
        let permit = match first {
            true => self.permit.take(),
            false => self.dialler.fd_limit.lend(),
        };
        if permit.is_none() && !first {
            race.no_descriptor(now);
            return Ok(());
        }
        let socket = match self.connect(address) {
            Ok(socket) => socket,
            Err(source) => {
                race.failed_to_begin(now);
                self.keep(permit);
                return Err(DialError::Connect { address, source });
            }
        };
        race.began(now);
        self.attempts.push(Attempt {
            socket,
            address,
            permit,
            again: SELF_CONNECTS,
        });
        Ok(())
    }

    /// Starts a non-blocking connect. The socket becomes writable when it has connected or failed.
    fn connect(&self, address: SocketAddr) -> io::Result<Connecting> {
        let loop_detector = &self.dialler.loop_detector;
        let (socket, registration) =
            loop_detector.connect(address, self.hops, || begin(address))?;
        let stream = TcpStream::from_std(socket.into())?;
        Ok(Connecting {
            stream,
            registration,
        })
    }

    /// Polls the attempts, and returns the first that has connected. Errors: an attempt failed; the caller
    /// must poll the others again.
    fn poll_attempts(
        &mut self,
        race: &mut Race,
        context: &mut Context<'_>,
    ) -> Result<Option<Dialled>, DialError> {
        let mut index = 0;
        while let Some(attempt) = self.attempts.get(index) {
            let address = attempt.address;
            let outcome = match attempt.poll(context) {
                Poll::Pending => {
                    index += 1;
                    continue;
                }
                Poll::Ready(Ok(true)) => self.begin_again(index),
                Poll::Ready(Ok(false)) => {
                    let winner = self.attempts.remove(index);
                    return Ok(Some(self.win(winner)));
                }
                Poll::Ready(Err(error)) => Err(error),
            };
            if let Err(source) = outcome {
                self.remove(index);
                race.failed(index, self.dialler.clock.now());
                return Err(DialError::Connect { address, source });
            }
        }
        Ok(None)
    }

    /// Retries an attempt that ended in a self-connect.
    fn begin_again(&mut self, index: usize) -> io::Result<()> {
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let address = self.attempts.get(index).map(|attempt| attempt.address);
        let socket = self.connect(address.ok_or_else(refused)?)?;
        let attempt = self.attempts.get_mut(index).ok_or_else(refused)?;
        attempt.again = attempt.again.checked_sub(1).ok_or_else(refused)?;
        attempt.socket = socket;
        Ok(())
    }

    /// Drops an attempt that has not connected. If it was the last one, the next attempt uses its permit.
    fn remove(&mut self, index: usize) {
        let Attempt { socket, permit, .. } = self.attempts.remove(index);
        drop(socket);
        self.keep(permit);
    }

    fn keep(&mut self, permit: Option<FdPermit>) {
        if self.attempts.is_empty() {
            self.permit = permit;
        }
    }

    fn win(&mut self, winner: Attempt) -> Dialled {
        self.give_up();
        Dialled {
            peer: connected(winner.socket.stream, winner.permit),
            address: UpstreamAddress::Socket(winner.address),
            registration: Some(winner.socket.registration),
        }
    }

    /// Closes every attempt with an orderly close, as some may already be connected.
    pub(super) fn give_up(&mut self) {
        for attempt in self.attempts.drain(..) {
            connected(attempt.socket.stream, attempt.permit).close();
        }
    }
}

impl Attempt {
    /// Ready when the attempt has ended. Returns whether it is a self-connect.
    fn poll(&self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let Connecting {
            stream,
            registration,
        } = &self.socket;
        stream.poll_write_ready(context).map(|ready| {
            ready?;
            match stream.take_error()? {
                Some(error) => Err(error),
                None => Ok(registration.is_of_one_end()),
            }
        })
    }
}

/// Whether `moment` has come. If not, the task is woken when it comes.
fn has_come<'a>(
    timer: &mut Option<Wait<'a>>,
    clock: &'a Clock,
    moment: Moment,
    context: &mut Context<'_>,
) -> bool {
    if timer.as_ref().map(Wait::moment) != Some(moment) {
        *timer = Some(clock.wait_until(moment));
    }
    let timer = timer.as_mut().map(Pin::new);
    timer.is_some_and(|timer| timer.poll(context).is_ready())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::transport::Stream;
    use crate::net::workers::Workers;

    /// Enough attempts for the system to have used every ephemeral port as the source port.
    const ALL_PORTS: usize = 35_000;

    #[tokio::test]
    async fn nobody_is_connected_with_himself() {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut address = gone.local_addr().unwrap();
        drop(gone);
        let workers = Workers::here().unwrap();
        let (dialler, hops) = (workers.dialler(), Hops::from([0]));
        // Linux prefers odd ports for `bind` and even ones for `connect`.
        let deadline = Moment::from_nanos(u64::MAX);
        for port in [address.port(), address.port() ^ 1] {
            address.set_port(port);
            for _ in 0..ALL_PORTS {
                let mut dial = Dial::new(dialler, &hops, None);
                match dial.race(vec![address], deadline).await {
                    // Another process is listening on the port by now.
                    Ok(dialled) => {
                        let Stream::Tcp(stream) = &dialled.peer.stream else {
                            panic!("{dialled:?}");
                        };
                        assert_ne!(stream.local_addr().unwrap(), address);
                    }
                    Err(refused) => {
                        let text = refused.to_string();
                        assert!(text.ends_with(": connection refused"), "{text}");
                    }
                }
            }
        }
    }
}
