//! TCP's urgent bytes arrive in order with the others, whatever is sent around them.

use std::io::Write;
use std::net::{Shutdown, TcpStream};

use socket2::SockRef;

use super::rig::*;

fn urgently(socket: &TcpStream, bytes: &[u8]) {
    let sent = SockRef::from(socket).send_out_of_band(bytes);
    assert_eq!(sent.unwrap(), bytes.len());
}

/// Urgent bytes first, last, alone and in a row, to a receiver that reads them in line.
async fn arrive_in_order(toxics: &[(&str, &[(&str, i64)])]) {
    let rig = Rig::new().await;
    for stream in STREAMS {
        for (kind, attributes) in toxics {
            rig.add(toxic(kind, stream, attributes));
        }
        for _ in 0..5 {
            let mut pair = rig.pair();
            let (from, to) = pair.ends(stream);
            SockRef::from(&*to).set_out_of_band_inline(true).unwrap();
            urgently(from, b"0");
            from.write_all(b"abc").unwrap();
            urgently(from, b"1");
            from.write_all(b"def").unwrap();
            urgently(from, b"2");
            urgently(from, b"3");
            // No later data follows that would wake the link.
            assert_eq!(read_exactly(to, 10), b"0abc1def23", "{stream} {toxics:?}");
            urgently(from, b"4");
            from.shutdown(Shutdown::Write).unwrap();
            assert_eq!(read_to_end(to), (b"4".to_vec(), End::Eof), "{stream}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn urgent_bytes_arrive_in_order() {
    arrive_in_order(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn urgent_bytes_arrive_in_order_through_toxics() {
    arrive_in_order(&[
        ("latency", &[("latency", 20)]),
        ("slicer", &[("average_size", 1), ("delay", 10)]),
    ])
    .await;
}
