//! What a peer sent before it reset its connection reaches a slow reader before the reset does.
//!
//! The system discards a socket's unsent data when the socket is reset.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use aconite::control::CloseMode;
use socket2::{Domain, SockRef, Socket, Type};

use super::pattern;
use super::rig::*;

/// The receive buffer of every receiver.
const RECEIVE_BUFFER: usize = 32 * 1024;
/// More than the receive buffer, and small enough for the buffers of the proxy's sockets.
const BYTES: usize = 200_000;

/// A connection with small receive buffers at both ends.
fn slow_pair(rig: &Rig) -> Pair {
    let listener = SockRef::from(&rig.upstream);
    listener.set_recv_buffer_size(RECEIVE_BUFFER).unwrap();
    let client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    client.set_recv_buffer_size(RECEIVE_BUFFER).unwrap();
    client.connect(&rig.address().into()).unwrap();
    let client = tuned(client.into());
    let upstream = rig.accept();
    Pair { client, upstream }
}

/// Waits until the proxy's kernel has received everything that `sender` has sent.
fn wait_until_acknowledged(sender: &TcpStream) {
    let start = Instant::now();
    while unacknowledged(sender) > 0 {
        assert!(start.elapsed() < PATIENCE, "{}", unacknowledged(sender));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[expect(unsafe_code, reason = "there is no safe way to ask for it")]
fn unacknowledged(socket: &TcpStream) -> usize {
    use rustix::ioctl::{Getter, ioctl};
    // SAFETY: TIOCOUTQ writes one int.
    let bytes = unsafe { ioctl(socket, Getter::<0x5411, std::ffi::c_int>::new()) };
    usize::try_from(bytes.unwrap()).unwrap()
}

/// What a sender does after its last byte.
#[derive(Clone, Copy, Debug)]
enum Farewell {
    Reset,
    /// Closes with a request unread, as a server may.
    FinAndReset,
}

/// One end sends and resets; the other starts to read much later.
fn bytes_come_before_the_reset(mut pair: Pair, stream: &str, farewell: Farewell) {
    let sent = pattern::bytes(0, BYTES);
    let (from, _) = pair.ends(stream);
    from.write_all(&sent).unwrap();
    wait_until_acknowledged(from);
    if matches!(farewell, Farewell::FinAndReset) {
        from.shutdown(Shutdown::Write).unwrap();
        std::thread::sleep(Duration::from_millis(100));
    }
    let (from, mut to) = match stream {
        "upstream" => (pair.client, pair.upstream),
        _ => (pair.upstream, pair.client),
    };
    abort(from);
    std::thread::sleep(Duration::from_millis(1500));
    let (seen, end) = read_to_end(&mut to);
    assert_eq!(seen.len(), BYTES, "{stream} {farewell:?}");
    pattern::check(0, &seen, stream);
    // A peer that has read a FIN does not see a reset after it.
    if matches!(farewell, Farewell::Reset) {
        assert_eq!(end, End::Reset, "{stream}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_gets_all_bytes_before_the_reset() {
    let rig = Rig::new().await;
    for stream in STREAMS {
        for farewell in [Farewell::Reset, Farewell::FinAndReset] {
            bytes_come_before_the_reset(slow_pair(&rig), stream, farewell);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_gets_all_delayed_bytes_before_the_reset() {
    let rig = Rig::new().await;
    for stream in STREAMS {
        rig.add(toxic("latency", stream, &[("latency", 300)]));
        bytes_come_before_the_reset(slow_pair(&rig), stream, Farewell::Reset);
    }
}

/// More than the sockets' buffers hold, so that some of it waits in the proxy.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_does_not_overtake_bytes_that_wait_for_the_socket() {
    const MANY: usize = 12_000_000;
    let rig = Rig::new().await;
    rig.add(toxic("latency", "downstream", &[("latency", 50)]));
    let mut pair = slow_pair(&rig);
    pair.upstream.write_all(&pattern::bytes(0, MANY)).unwrap();
    wait_until_acknowledged(&pair.upstream);
    abort(pair.upstream);
    std::thread::sleep(Duration::from_millis(500));
    let (seen, end) = read_to_end(&mut pair.client);
    assert_eq!((seen.len(), end), (MANY, End::Reset));
    pattern::check(0, &seen, "downstream");
}

/// A connection that the upstream has reset while most bytes have yet to reach the client.
fn waiting(rig: &Rig) -> TcpStream {
    let mut pair = slow_pair(rig);
    pair.upstream.write_all(&pattern::bytes(0, BYTES)).unwrap();
    wait_until_acknowledged(&pair.upstream);
    abort(pair.upstream);
    pair.client
}

fn has_error_within(socket: &TcpStream, span: Duration) -> bool {
    let start = Instant::now();
    while socket.take_error().unwrap().is_none() {
        if start.elapsed() > span {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_comes_in_the_end_though_nobody_reads() {
    let rig = Rig::new().await;
    let client = waiting(&rig);
    let limit = aconite::net::ORPHAN_LIMIT;
    assert!(has_error_within(&client, limit + PATIENCE));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_is_deleted_does_not_wait_for_slow_readers() {
    let rig = Rig::new().await;
    let mut client = waiting(&rig);
    std::thread::sleep(Duration::from_millis(200));
    let start = Instant::now();
    rig.control.delete(PROXY).await.unwrap();
    assert!(start.elapsed() < PATIENCE / 2, "{:?}", start.elapsed());
    // A proxy that stops closes its connections with FIN, and no byte that was sent is lost.
    let (seen, end) = read_to_end(&mut client);
    assert_eq!((seen.len(), end), (BYTES, End::Eof));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_that_was_asked_for_waits_for_nobody() {
    // Much shorter than the proxy waits for a slow reader.
    let soon = aconite::net::ORPHAN_LIMIT / 2;
    let rig = Rig::new().await;
    let client = waiting(&rig);
    rig.control
        .end_connection(PROXY, 1, CloseMode::Rst)
        .unwrap();
    assert!(has_error_within(&client, soon), "by somebody");
    let mut pair = slow_pair(&rig);
    pair.upstream.write_all(&pattern::bytes(0, BYTES)).unwrap();
    wait_until_acknowledged(&pair.upstream);
    rig.add(toxic("reset_peer", "downstream", &[("timeout", 0)]));
    pair.upstream.write_all(b"x").unwrap();
    assert!(has_error_within(&pair.client, soon), "by a toxic");
}

/// How soon after a timeout toxic's cut a peer that only writes is told of it.
fn a_writer_hears(mut writer: TcpStream, mut other: TcpStream) -> Duration {
    writer.write_all(b"x").unwrap();
    std::thread::scope(|scope| {
        let cut = scope.spawn(move || {
            assert_eq!(read_to_end(&mut other), (Vec::new(), End::Eof));
            Instant::now()
        });
        let start = Instant::now();
        while writer.write_all(b"x").is_ok() {
            assert!(start.elapsed() < PATIENCE);
            std::thread::sleep(Duration::from_millis(1));
        }
        let heard = Instant::now();
        heard.saturating_duration_since(cut.join().unwrap())
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_only_writes_hears_of_a_timeout_at_once() {
    // Half of the time that an orderly close waits elsewhere.
    const SOON: Duration = Duration::from_millis(500);
    for stream in STREAMS {
        let rig = Rig::with(
            Default::default(),
            vec![toxic("timeout", stream, &[("timeout", 200)])],
        )
        .await;
        let hears = || {
            let pair = rig.pair();
            match stream {
                "upstream" => a_writer_hears(pair.client, pair.upstream),
                _ => a_writer_hears(pair.upstream, pair.client),
            }
        };
        // A machine that stalls may spoil some of them.
        assert!((0..5).any(|_| hears() < SOON), "{stream}");
    }
}

/// The writing peer's bytes are dropped; those that were sent to it are not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_is_cut_while_it_writes_gets_what_was_sent_to_it() {
    let rig = Rig::new().await;
    rig.add(toxic("timeout", "upstream", &[("timeout", 500)]));
    let mut pair = slow_pair(&rig);
    pair.upstream.write_all(&pattern::bytes(0, BYTES)).unwrap();
    wait_until_acknowledged(&pair.upstream);
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(2000) {
        pair.client.write_all(b"x").unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    let seen = read_exactly(&mut pair.client, BYTES);
    pattern::check(0, &seen, "downstream");
}
