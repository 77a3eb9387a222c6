//! Streams that are still being dialled.

use std::io;
use std::task::{Context, Waker};

use super::Stream;
use super::deferred::Deferred;
use super::memory::pair;

fn deferred() -> Stream {
    Stream::from(Deferred::default())
}

fn would_block(result: &io::Result<usize>) -> bool {
    matches!(result, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

fn is_ready(stream: &Stream) -> (bool, bool) {
    let mut context = Context::from_waker(Waker::noop());
    (
        stream.poll_readable(&mut context).is_ready(),
        stream.poll_writable(&mut context).is_ready(),
    )
}

#[test]
fn before_the_dial_has_ended_nothing_can_be_read_or_written() {
    let stream = deferred();
    assert_eq!(is_ready(&stream), (false, false));
    assert!(would_block(&stream.try_read(&mut [0; 8])));
    assert!(would_block(&stream.try_write(b"x")));
    stream.shutdown_write();
    assert_eq!(is_ready(&stream), (true, false));
    assert_eq!(stream.try_read(&mut [0; 8]).unwrap(), 0);
    assert_eq!(stream.unacknowledged(), Some(0));
}

#[test]
fn it_becomes_the_dialled_stream_and_passes_an_earlier_end_on() {
    let (near, far) = pair(64, 64);
    let stream = deferred();
    stream.settle(Some(Stream::Memory(near)));
    assert_eq!(is_ready(&stream), (false, true));
    assert_eq!(stream.try_write(b"question").unwrap(), 8);
    let far = Stream::Memory(far);
    let mut space = [0; 64];
    assert_eq!(far.try_read(&mut space).unwrap(), 8);
    far.try_write(b"answer").unwrap();
    assert_eq!(stream.try_read(&mut space).unwrap(), 6);

    let (near, far) = pair(64, 64);
    let stream = deferred();
    stream.shutdown_write();
    stream.settle(Some(Stream::Memory(near)));
    assert_eq!(Stream::Memory(far).try_read(&mut space).unwrap(), 0);
}

#[test]
fn after_a_failed_dial_everything_is_taken_and_only_our_own_end_comes_back() {
    let stream = deferred();
    stream.settle(None);
    assert_eq!(is_ready(&stream), (false, true));
    assert_eq!(stream.try_write(&[0; 100_000]).unwrap(), 100_000);
    assert!(would_block(&stream.try_read(&mut [0; 8])));
    stream.shutdown_write();
    assert_eq!(is_ready(&stream), (true, true));
    assert_eq!(stream.try_read(&mut [0; 8]).unwrap(), 0);
    assert!(stream.into_dialled().is_none());
}
