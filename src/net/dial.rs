//! Dialling an upstream: its addresses race, within a limit of time. The order and the times are
//! `race.rs`'s, the sockets are `socket.rs`'s.

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
use super::clock::{Clock, Wait};
use super::fd_limit::{FdLimit, FdPermit};
use super::lookup::Lookups;
use super::loop_detection::{Hops, LoopDetector, Registration};
use super::peer::Peer;
use crate::engine::Moment;
use race::{Race, Step};
use socket::{begin, connected};

/// How long dialling an upstream may take, all its addresses and name look-ups together.
pub const DIAL_LIMIT: Duration = Duration::from_secs(10);

/// How often to try again when the system has connected a socket with itself: it may choose the very
/// port that is dialled, where nobody listens (as Go's `net.Dial` minds).
const SELF_CONNECTS: usize = 3;

/// Why the upstream was not reached.
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

/// What dialling takes, the same for all connections. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Dialler {
    pub(super) lookups: Lookups,
    pub(super) fd_limit: FdLimit,
    pub(super) loop_detector: LoopDetector,
    pub(super) clock: Clock,
}

/// An upstream that was reached.
#[derive(Debug)]
pub(super) struct Dialled {
    pub(super) peer: Peer,
    pub(super) address: SocketAddr,
    /// To be kept as long as the socket.
    pub(super) registration: Registration,
}

/// A dial that can be given up with grace: the other end may have accepted the connection before
/// this one knows of it, and then it has to see an orderly end.
pub(super) struct Dial<'a> {
    dialler: &'a Dialler,
    /// The proxies that the client has come through.
    hops: &'a Hops,
    /// Of the upstream's socket, while no attempt has it.
    permit: Option<FdPermit>,
    /// The oldest first, as the race has them.
    attempts: Vec<Attempt>,
}

/// One address that is tried.
struct Attempt {
    socket: Connecting,
    address: SocketAddr,
    permit: Option<FdPermit>,
    /// How often it may be begun again.
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

    /// Looks the upstream up and races its addresses; the first that connects wins.
    pub(super) async fn run(&mut self, upstream: &str) -> Result<Dialled, DialError> {
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

    /// Begins an attempt, if there is a descriptor for it.
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

    /// Starts to connect; the socket becomes writable when that has come to an end.
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

    /// Sees which attempts have come to an end. Errors: one has failed, and the others are to be looked
    /// at again.
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

    /// Begins anew what the system has connected with itself.
    fn begin_again(&mut self, index: usize) -> io::Result<()> {
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let address = self.attempts.get(index).map(|attempt| attempt.address);
        let socket = self.connect(address.ok_or_else(refused)?)?;
        let attempt = self.attempts.get_mut(index).ok_or_else(refused)?;
        attempt.again = attempt.again.checked_sub(1).ok_or_else(refused)?;
        attempt.socket = socket;
        Ok(())
    }

    /// Gives up an attempt that is not connected. The next one needs a seat, if this was the last.
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
            address: winner.address,
            registration: winner.socket.registration,
        }
    }

    /// Closes what may be connected already.
    pub(super) fn give_up(&mut self) {
        for attempt in self.attempts.drain(..) {
            connected(attempt.socket.stream, attempt.permit).close();
        }
    }
}

impl Attempt {
    /// Ready when it has come to an end: whether the system has connected it with itself.
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

/// Whether `moment` has come; if not, the task is woken when it has.
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

    /// Enough for the system to have chosen every port of its range as the source.
    const ALL_PORTS: usize = 35_000;

    #[tokio::test]
    async fn nobody_is_connected_with_himself() {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut address = gone.local_addr().unwrap();
        drop(gone);
        let workers = Workers::here().unwrap();
        let (dialler, hops) = (workers.dialler(), Hops::from([0]));
        // Linux has odd ports for those who bind and even ones for those who connect.
        let deadline = Moment::from_nanos(u64::MAX);
        for port in [address.port(), address.port() ^ 1] {
            address.set_port(port);
            for _ in 0..ALL_PORTS {
                let mut dial = Dial::new(dialler, &hops, None);
                match dial.race(vec![address], deadline).await {
                    // Somebody else has the port by now.
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
