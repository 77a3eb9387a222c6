//! A blocking client: one thread per connection.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::fault::{About, Fault, Result, fault};
use crate::jobs::{ECHO, JOB, Job, Work};

/// How long a connect, a read or a write may take.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Connects, from a chosen address if one is given.
pub fn connect(from: Option<(Ipv4Addr, u16)>, to: SocketAddr) -> Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    if let Some(from) = from {
        socket.set_reuse_address(true)?;
        socket
            .bind(&SocketAddr::from(from).into())
            .about("binding a source address")?;
    }
    socket
        .connect_timeout(&to.into(), PATIENCE)
        .about(format_args!("connecting to {to}"))?;
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// A new connection on which the upstream does `work`.
pub fn employ(to: SocketAddr, work: Work) -> Result<(TcpStream, Arc<Job>)> {
    let (number, job) = Job::leave(work);
    let mut stream = connect(None, to)?;
    let mut head = vec![JOB];
    head.extend(number.to_be_bytes());
    stream
        .write_all(&head)
        .map_err(|error| explain(&error, "sending the request"))?;
    Ok((stream, job))
}

/// Connects, has one byte echoed, and closes.
pub fn touch(from: Option<(Ipv4Addr, u16)>, to: SocketAddr) -> Result<()> {
    let mut stream = connect(from, to)?;
    trip(&mut stream, &[ECHO], &mut [0]).map(drop)
}

/// The time to send `message` and receive its echo. `room` is as long as the message.
pub fn trip(stream: &mut TcpStream, message: &[u8], room: &mut [u8]) -> Result<Duration> {
    let start = Instant::now();
    stream
        .write_all(message)
        .map_err(|error| explain(&error, "ping"))?;
    stream
        .read_exact(room)
        .map_err(|error| explain(&error, "pong"))?;
    let time = start.elapsed();
    if room != message {
        return Err(fault("the echo is not what was sent"));
    }
    Ok(time)
}

/// The error, with a timeout named as a stall.
pub fn explain(error: &io::Error, what: &str) -> Fault {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            fault(format!("{what}: no progress in {PATIENCE:?}"))
        }
        _ => fault(format!("{what}: {error}")),
    }
}
