//! A connection of a scenario, with the sending that may go on in the background.

use std::io::{self, ErrorKind};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::SockRef;

use support::wire;

/// How long sending may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long sending in the background may go on. Scenarios are shorter.
const BACKGROUND: Duration = Duration::from_secs(120);

/// An open connection; dropping it closes it.
#[derive(Debug)]
pub struct Conn {
    stream: Arc<TcpStream>,
    /// The upstream that accepted it, if one did.
    pub upstream: Option<String>,
    sender: Option<Sender>,
}

/// A sending in the background.
#[derive(Debug)]
struct Sender {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<()>>,
    may_fail: bool,
}

impl Conn {
    /// Takes a connection that is open.
    pub fn new(stream: TcpStream, upstream: Option<String>) -> Self {
        Self {
            stream: Arc::new(stream),
            upstream,
            sender: None,
        }
    }

    /// The socket, for reading.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Sends all of `bytes`, after what is being sent in the background.
    ///
    /// # Errors
    /// That it failed, or is not done in five seconds.
    pub fn send(&mut self, bytes: &[u8], may_fail: bool) -> Result<(), String> {
        self.finish_sending()?;
        let deadline = Instant::now() + PATIENCE.mul_f64(super::window::slack());
        let sent = wire::write_all_by(&self.stream, bytes, deadline, &AtomicBool::new(false));
        judge(sent, may_fail)
    }

    /// Starts sending `bytes` in the background.
    ///
    /// # Errors
    /// Those of an earlier sending in the background.
    pub fn send_detached(&mut self, bytes: Vec<u8>, may_fail: bool) -> Result<(), String> {
        self.finish_sending()?;
        let (stream, stop) = (Arc::clone(&self.stream), Arc::new(AtomicBool::new(false)));
        let flag = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            wire::write_all_by(&stream, &bytes, Instant::now() + BACKGROUND, &flag)
        });
        self.sender = Some(Sender {
            stop,
            thread,
            may_fail,
        });
        Ok(())
    }

    /// The failure of a sending in the background that has ended; one that still goes on has none.
    pub fn background_failure(&mut self) -> Option<String> {
        let sender = self.sender.take_if(|sender| sender.thread.is_finished())?;
        sender.join().err()
    }

    /// Ends the sending side.
    ///
    /// # Errors
    /// When the sending before it failed, or the socket has no sending side any more.
    pub fn shut_write(&mut self) -> Result<(), String> {
        self.finish_sending()?;
        let shut = self.stream.shutdown(Shutdown::Write);
        shut.map_err(|error| format!("expected to end the sending side, got {error}"))
    }

    /// Lets the close that follows be a reset.
    ///
    /// # Errors
    /// The system's.
    pub fn arm_reset(&self) -> io::Result<()> {
        SockRef::from(&*self.stream).set_linger(Some(Duration::ZERO))
    }

    fn finish_sending(&mut self) -> Result<(), String> {
        let Some(sender) = self.sender.take() else {
            return Ok(());
        };
        let deadline = Instant::now() + PATIENCE.mul_f64(super::window::slack());
        while !sender.thread.is_finished() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(1));
        }
        if sender.thread.is_finished() {
            return sender.join();
        }
        self.sender = Some(sender);
        Err("expected the sending in the background to end, it goes on".to_owned())
    }
}

impl Sender {
    fn join(self) -> Result<(), String> {
        let sent = self.thread.join();
        judge(
            sent.unwrap_or_else(|_| Err(ErrorKind::Other.into())),
            self.may_fail,
        )
    }
}

fn judge(sent: io::Result<()>, may_fail: bool) -> Result<(), String> {
    match sent {
        Err(error) if !may_fail => Err(format!("expected to send all of it, got {error}")),
        _ => Ok(()),
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        // Only the last owner of a socket closes it, so the sender has to let go of it first.
        if let Some(sender) = self.sender.take() {
            sender.stop.store(true, Ordering::Relaxed);
            let _ = sender.thread.join();
        }
    }
}
