//! Runs one end of a connection according to its plan.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::judge::{self, End};
use super::plan::{PeerPlan, Trigger};
use super::side::{Leave, Side};
use super::stream::{self, HEAD};
use super::world::World;
use crate::dice::Dice;

/// How often a waiting reader checks whether it should have seen something by now.
const LOOK: Duration = Duration::from_millis(250);
const BUFFER: usize = 256 * 1024;

struct Peer<'a> {
    world: &'a World,
    side: &'a Arc<Side>,
    plan: &'a PeerPlan,
    /// The other side's end has arrived.
    ended: Notify,
}

/// Writes, reads and ends as planned. Returns when the connection is over for this end.
pub async fn drive(
    world: &World,
    side: &Arc<Side>,
    mut stream: TcpStream,
    plan: &PeerPlan,
    dice: Dice,
) {
    let _ = stream.set_nodelay(true);
    let peer = Peer {
        world,
        side,
        plan,
        ended: Notify::new(),
    };
    let (mut reader, mut writer) = stream.split();
    let played = tokio::try_join!(peer.read(&mut reader), peer.write(&mut writer, dice));
    match played {
        Ok(((end, received), wrote)) => {
            // The kernel reports a reset once, either to the reader or to the writer.
            let end = if wrote { end } else { End::Reset };
            judge::end(world, side, end, received);
        }
        Err(how) => {
            side.leave(how);
            world.book.fault(match how {
                Leave::Reset => "peer resets",
                Leave::Close => "peer closes",
                Leave::Appalled => "peer appalled",
            });
            if side.other().is_none() && !side.is_client {
                world.book.unknown_leaver(side.proxy);
            }
            if how != Leave::Close {
                let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
            }
        }
    }
    drop(stream);
    world.retire(side);
}

impl Peer<'_> {
    /// Whether everything was written, or why the peer leaves.
    async fn write(&self, writer: &mut WriteHalf<'_>, mut dice: Dice) -> Result<bool, Leave> {
        let leave_at = match self.plan.leave {
            Some((how, Trigger::Sent(at))) => Some((at.min(self.plan.total), how)),
            _ => None,
        };
        let last = leave_at.map_or(self.plan.total, |(at, _)| at);
        let mut offset = 0;
        let mut bytes = Vec::new();
        let mut pauses = 0..self.plan.pauses;
        while offset < last {
            let size = dice.between(1, self.plan.piece).min(last - offset);
            bytes.resize(size as usize, 0);
            stream::fill(self.side.id, offset, &mut bytes);
            if !self.write_piece(writer, &bytes).await {
                return Ok(false);
            }
            offset += size;
            if pauses.next().is_some() {
                sleep(Duration::from_millis(dice.below(20))).await;
            }
        }
        if let Some((_, how)) = leave_at {
            return Err(how);
        }
        if self.plan.ends_last {
            self.ended.notified().await;
        }
        self.side.finish();
        Ok(writer.shutdown().await.is_ok())
    }

    async fn write_piece(&self, writer: &mut WriteHalf<'_>, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            match writer.write(bytes).await {
                Ok(count) => {
                    self.side.add_sent(count);
                    bytes = &bytes[count..];
                }
                Err(_) => return false,
            }
        }
        true
    }

    /// How the other side's stream ended and after how many bytes, or why the peer leaves.
    async fn read(&self, reader: &mut ReadHalf<'_>) -> Result<(End, u64), Leave> {
        let leave_at = match self.plan.leave {
            Some((how, Trigger::Received(at))) => Some((at, how)),
            _ => None,
        };
        let mut stall = self.plan.stall;
        let mut received = 0;
        let mut head = Vec::new();
        let mut buffer = vec![0; BUFFER];
        loop {
            if let Some((_, how)) = leave_at.filter(|(at, _)| received >= *at) {
                return Err(how);
            }
            if let Some((_, span)) = stall.take_if(|(at, _)| received >= *at) {
                self.world.book.fault("peer stops reading");
                self.stall(span).await;
            }
            let most = leave_at.map_or(u64::MAX, |(at, _)| at - received);
            let most = usize::try_from(most).unwrap_or(BUFFER).min(BUFFER);
            let count = match self
                .read_some(reader, &mut buffer[..most], received)
                .await?
            {
                Ok(0) => {
                    self.ended.notify_one();
                    return Ok((End::Eof, received));
                }
                Ok(count) => count,
                Err(_) => {
                    self.ended.notify_one();
                    return Ok((End::Reset, received));
                }
            };
            self.take(&mut head, received, &buffer[..count])?;
            received += count as u64;
        }
    }

    async fn stall(&self, span: Duration) {
        let start = Instant::now();
        while start.elapsed() < span && !self.world.stops() {
            sleep((span - start.elapsed().min(span)).min(LOOK)).await;
        }
    }

    /// One read, which may take as long as the judge does not call it overdue.
    async fn read_some(
        &self,
        reader: &mut ReadHalf<'_>,
        buffer: &mut [u8],
        received: u64,
    ) -> Result<io::Result<usize>, Leave> {
        let since = Instant::now();
        loop {
            if let Ok(read) = timeout(LOOK, reader.read(buffer)).await {
                return Ok(read);
            }
            if let Err((kind, text)) =
                judge::waiting(self.world, self.side, received, since.elapsed())
            {
                self.world.violate(kind, &text);
                return Err(Leave::Appalled);
            }
        }
    }

    /// Checks bytes that were received at `offset`.
    fn take(&self, head: &mut Vec<u8>, offset: u64, bytes: &[u8]) -> Result<(), Leave> {
        self.world.book.bytes(bytes.len());
        let missing = HEAD.saturating_sub(head.len()).min(bytes.len());
        let (front, rest) = bytes.split_at(missing);
        head.extend_from_slice(front);
        if missing > 0 && head.len() == HEAD {
            judge::meet(self.world, self.side, head).map_err(|text| self.appalled(&text))?;
        }
        let Some(partner) = self.side.partner.get().and_then(|id| self.world.side(*id)) else {
            return Ok(());
        };
        stream::check(partner.id, offset + missing as u64, rest, partner.total)
            .map_err(|text| self.appalled(&format!("{text}; sent by {partner:?}")))
    }

    fn appalled(&self, text: &str) -> Leave {
        self.world
            .violate("wrong bytes", &format!("{text}; read by {:?}", self.side));
        Leave::Appalled
    }
}
