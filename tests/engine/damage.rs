//! `packet_loss` and `corrupt` over long streams, in virtual time.

use std::time::Duration;

use aconite::engine::sim::Out;
use aconite::engine::{Ending, Moment};
use aconite::toxics::Value;
use bytes::Bytes;

use crate::harness::book::Book;
use crate::harness::driver::Driver;
use crate::harness::rounds::stream;

/// One read of a fast link.
const READ: usize = 64 * 1024;

fn driver(kind: &str, attributes: &[(&str, Value)]) -> Driver {
    let mut book = Book::new(1);
    book.add_with("a", kind, attributes, 1.0);
    Driver::new(book.plan(), Moment::ORIGIN, 1)
}

/// Pushes `total` bytes, a read of them each `pause` while there is room. Compares what leaves with
/// what came. Returns when the last byte left.
fn transfer(driver: &mut Driver, total: usize, pause: Duration) -> Duration {
    let block = stream();
    let (mut sent, mut left) = (0, 0);
    while left < total {
        if driver.pipeline.has_room() && sent < total {
            let from = sent % (block.len() - READ);
            let size = READ.min(total - sent).min(block.len() - READ - from);
            driver.push(block.slice(from..from + size));
            sent += size;
            if sent == total {
                driver.finish(Ending::Eof);
            }
        }
        driver.run_for(pause);
        for (_, out) in std::mem::take(&mut driver.log) {
            let Out::Data(bytes) = out else { continue };
            compare(&bytes, left, block);
            left += bytes.len();
        }
    }
    driver.now.since(Moment::ORIGIN)
}

/// Compares bytes that left at this offset of the repeated block.
fn compare(bytes: &Bytes, offset: usize, block: &Bytes) {
    let (mut bytes, mut offset) = (bytes.clone(), offset);
    while !bytes.is_empty() {
        let from = offset % (block.len() - READ);
        let part = bytes.split_to(bytes.len().min(block.len() - READ - from));
        assert!(
            part == block[from..from + part.len()],
            "changed at {offset}"
        );
        offset += part.len();
    }
}

#[test]
fn a_hundred_megabytes_arrive_intact_at_any_loss() {
    let mut times = Vec::new();
    for loss in [0.0, 0.001, 0.01, 0.05, 0.2] {
        let attributes = [("loss_rate", loss.into()), ("rtt", 10.into())];
        let mut driver = driver("packet_loss", &attributes);
        let took = transfer(&mut driver, 100_000_000, Duration::from_millis(1));
        assert_eq!(driver.bytes_in, 100_000_000);
        assert_eq!(driver.bytes_out, driver.bytes_in);
        assert_eq!(driver.pipeline.queued(), 0);
        times.push(took);
    }
    assert!(times.is_sorted(), "more loss took less time: {times:?}");
    assert!(times[4] > times[0] * 2, "loss took no time: {times:?}");
}

#[test]
fn bursts_keep_a_long_stream_intact() {
    let attributes = [
        ("p", 0.002.into()),
        ("r", 0.2.into()),
        ("rto_min", 1.into()),
    ];
    let mut driver = driver("packet_loss", &attributes);
    transfer(&mut driver, 20_000_000, Duration::from_millis(1));
    assert_eq!(driver.bytes_out, driver.bytes_in);
}

#[test]
fn a_corrupted_stream_has_its_length_and_its_rate_of_changes() {
    let attributes = [("rate", 100.into())];
    let mut driver = driver("corrupt", &attributes);
    let bytes = stream().slice(..4_000_000);
    for read in bytes.chunks(READ) {
        driver.push(Bytes::copy_from_slice(read));
    }
    let left = driver.log.iter().filter_map(|(_, out)| match out {
        Out::Data(bytes) => Some(bytes.as_ref()),
        Out::End(_) => None,
    });
    let left = left.collect::<Vec<_>>().concat();
    assert_eq!(left.len(), bytes.len());
    let changed = left.iter().zip(&bytes).filter(|(left, came)| left != came);
    // 400 expected; five standard deviations are 100.
    let changed = changed.count();
    assert!((300..500).contains(&changed), "{changed}");
}
