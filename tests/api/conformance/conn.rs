//! A connection of a scenario, with a send that may continue in the background.

use std::io::{self, ErrorKind};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::SockRef;

use support::wire;

/// The time limit of a send.
const PATIENCE: Duration = Duration::from_secs(5);

/// The time limit of a background send. Scenarios are shorter.
const BACKGROUND: Duration = Duration::from_secs(120);

/// An open connection; dropping it closes it.
#[derive(Debug)]
pub struct Conn {
    stream: Arc<TcpStream>,
    /// The upstream that accepted it, if one did.
    pub upstream: Option<String>,
    sender: Option<Sender>,
}

/// A background send.
#[derive(Debug)]
struct Sender {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<()>>,
    may_fail: bool,
}

impl Conn {
    /// Wraps an open connection.
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

    /// Sends all of `bytes`, after any background send.
    ///
    /// # Errors
    /// It failed, or was not complete within five seconds.
    pub fn send(&mut self, bytes: &[u8], may_fail: bool) -> Result<(), String> {
        self.finish_sending()?;
        let deadline = Instant::now() + PATIENCE.mul_f64(super::window::slack());
        let sent = wire::write_all_by(&self.stream, bytes, deadline, &AtomicBool::new(false));
        judge(sent, may_fail)
    }

    /// Starts sending `bytes` in the background.
    ///
    /// # Errors
    /// The errors of an earlier background send.
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

    /// The failure of a background send that has ended; one that is still running has none.
    pub fn background_failure(&mut self) -> Option<String> {
        let sender = self.sender.take_if(|sender| sender.thread.is_finished())?;
        sender.join().err()
    }

    /// Half-closes the connection.
    ///
    /// # Errors
    /// The send before it failed, or the sending side is already closed.
    pub fn shut_write(&mut self) -> Result<(), String> {
        self.finish_sending()?;
        let shut = self.stream.shutdown(Shutdown::Write);
        shut.map_err(|error| format!("expected to end the sending side, got {error}"))
    }

    /// Makes the following close a reset.
    ///
    /// # Errors
    /// The system's error.
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
        // Only the last owner of a socket closes it, so the sender must drop it first.
        if let Some(sender) = self.sender.take() {
            sender.stop.store(true, Ordering::Relaxed);
            let _ = sender.thread.join();
        }
    }
}
