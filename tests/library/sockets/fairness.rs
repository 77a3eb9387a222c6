//! Busy links yield the runtime's threads to other tasks.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use super::pattern;
use super::rig::*;

/// Connections that are busy while this value lives; otherwise a link that never yields would
/// outlive the test.
struct Load(Vec<TcpStream>);

impl Load {
    fn on(rig: &Rig, stream: &str) -> Self {
        Load((0..4).map(|_| keep_busy(rig.pair(), stream)).collect())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for socket in &self.0 {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

/// Sends on a connection and reads what arrives until it ends. Returns its sending end.
fn keep_busy(mut pair: Pair, stream: &str) -> TcpStream {
    let (from, to) = pair.ends(stream);
    let (sender, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    let mut from = from.try_clone().unwrap();
    let bytes = pattern::bytes(0, 100_000);
    std::thread::spawn(move || while from.write_all(&bytes).is_ok() {});
    std::thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        while matches!(to.read(&mut buffer), Ok(1..)) {}
    });
    sender
}

/// Whether a new task gets one of the runtime's threads within [`PATIENCE`].
fn a_task_runs() -> bool {
    let (ran, runs) = mpsc::channel();
    tokio::spawn(async move { ran.send(()) });
    runs.recv_timeout(PATIENCE).is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slices_of_one_byte_do_not_take_the_threads_away() {
    let slices = [("average_size", 1), ("size_variation", 0)];
    for stream in STREAMS {
        let rig = Rig::with(Default::default(), vec![toxic("slicer", stream, &slices)]).await;
        let load = Load::on(&rig, stream);
        std::thread::sleep(Duration::from_millis(300));
        for _ in 0..10 {
            assert!(a_task_runs(), "{stream}: the links never rest");
        }
        rig.enable(false).await;
        drop(load);
    }
}
