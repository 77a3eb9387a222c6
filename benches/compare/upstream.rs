//! The server behind every proxy, in threads of this process.
//!
//! One thread with an event loop accepts, echoes and drains. A [`Job`] gets a thread of its own.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream as Blocking};
use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::client::PATIENCE;
use crate::fault::Result;
use crate::http;
use crate::jobs::{DRAIN, DRAINED, ECHO, JOB, Job, Work};
use crate::payload::{BUFFER, payload};

/// No job runs for longer, whatever was requested.
const LONGEST: Duration = Duration::from_secs(60);

/// Serves on a free port of 127.0.0.1 until this process ends.
pub fn start() -> Result<SocketAddr> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], crate::ports::free()?)).into())?;
    socket.listen(4096)?;
    socket.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let listener = runtime.block_on(async { TcpListener::from_std(socket.into()) })?;
    let address = listener.local_addr()?;
    let accept = async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(serve(stream))),
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    };
    thread::Builder::new()
        .name("upstream".to_owned())
        .spawn(move || runtime.block_on(accept))?;
    Ok(address)
}

async fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match stream.read_u8().await? {
        ECHO => echo(stream).await,
        DRAIN => drain(stream).await,
        // The first letter of GET.
        b'G' => answer_http(stream).await,
        JOB => {
            let Some(job) = Job::take(stream.read_u64().await?) else {
                return Ok(());
            };
            let stream = stream.into_std()?;
            stream.set_nonblocking(false)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            thread::Builder::new()
                .spawn(move || work(stream, &job))
                .map(drop)
        }
        _ => Ok(()),
    }
}

async fn echo(mut stream: TcpStream) -> io::Result<()> {
    stream.write_u8(ECHO).await?;
    let mut buffer = vec![0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        stream
            .write_all(buffer.get(..count).unwrap_or_default())
            .await?;
    }
    // The proxy closed first, so its port would be in TIME_WAIT; a reset takes it out, else a
    // few seconds of connections use all ports up.
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))
}

/// Answers requests without bodies until the client ends, or one for the answer without end.
async fn answer_http(mut stream: TcpStream) -> io::Result<()> {
    let mut head = vec![b'G'];
    let mut buffer = vec![0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        head.extend_from_slice(buffer.get(..count).unwrap_or_default());
        if !head.ends_with(b"\r\n\r\n") {
            continue;
        }
        let Some(answer) = http::answer(&head) else {
            let mut stream = stream.into_std()?;
            stream.set_nonblocking(false)?;
            let endless = move || {
                stream.write_all(http::ENDLESS_HEAD)?;
                let (_, job) = Job::leave(Work::Take);
                send(&mut stream, &job, 0, None, LONGEST)
            };
            return thread::Builder::new().spawn(endless).map(drop);
        };
        stream.write_all(answer).await?;
        head.clear();
    }
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))
}

async fn drain(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        DRAINED.fetch_add(count as u64, SeqCst);
    }
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))
}

fn work(mut stream: Blocking, job: &Job) -> io::Result<()> {
    match job.work {
        Work::Send {
            start,
            length,
            time,
        } => send(&mut stream, job, start, length, time)?,
        Work::Take => take(&mut stream, job),
        Work::Answer { after } => answer(&mut stream, after)?,
    }
    job.finished.store(true, SeqCst);
    stream.shutdown(Shutdown::Write)
}

fn send(
    stream: &mut Blocking,
    job: &Job,
    start: u64,
    length: Option<u64>,
    time: Duration,
) -> io::Result<()> {
    let end = Instant::now() + time.min(LONGEST);
    // So that the end is seen while nobody reads.
    stream.set_write_timeout(Some(Duration::from_millis(100)))?;
    let mut sent = 0;
    while Instant::now() < end && length.is_none_or(|length| sent < length) {
        let left = length.map_or(BUFFER as u64, |length| length - sent);
        match stream.write(payload(start + sent, left.min(BUFFER as u64) as usize)) {
            Ok(count) => sent += count as u64,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
        job.moved.store(sent, SeqCst);
    }
    Ok(())
}

fn take(stream: &mut Blocking, job: &Job) {
    let end = Instant::now() + LONGEST;
    let mut buffer = vec![0; BUFFER];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        job.moved.fetch_add(count as u64, SeqCst);
        if Instant::now() > end {
            break;
        }
    }
}

fn answer(stream: &mut Blocking, after: Duration) -> io::Result<()> {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        if !after.is_zero() {
            thread::sleep(after);
        }
        stream.write_all(buffer.get(..count).unwrap_or_default())?;
    }
    Ok(())
}
