//! How to test that a client copes with a slow server and with one that is down.
//!
//! `cargo run --example embed` shows it; `cargo test --example embed` runs the tests below. They are what you
//! would write for your own client: no server process, no fixed port, and nothing is left behind when a test
//! fails, because the guards remove what they made.

#![allow(clippy::print_stdout)] // It is a program to look at.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use aconite::Aconite;
use aconite::faults::{IntoFault, Latency, ResetPeer};

/// The client under test: asks a price server, and answers with the last known price if that takes too long.
struct PriceClient {
    server: SocketAddr,
    last_known: u8,
}

impl PriceClient {
    fn price(&self) -> u8 {
        self.ask().unwrap_or(self.last_known)
    }

    fn ask(&self) -> io::Result<u8> {
        let patience = Duration::from_millis(200);
        let mut stream = TcpStream::connect_timeout(&self.server, patience)?;
        stream.set_read_timeout(Some(patience))?;
        stream.write_all(b"?")?;
        let mut price = [0];
        stream.read_exact(&mut price)?;
        Ok(price[0])
    }
}

/// A server that answers each question with 42.
fn price_server() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut question = [0];
                while stream.read_exact(&mut question).is_ok() && stream.write_all(&[42]).is_ok() {}
            });
        }
    });
    Ok(address)
}

async fn copes(aconite: &Aconite) -> Result<(), Box<dyn std::error::Error>> {
    let prices = aconite.proxy("prices", price_server()?).await?;
    let client = PriceClient {
        server: prices.address(),
        last_known: 7,
    };
    assert_eq!(client.price(), 42, "without a fault the server answers");

    let slow = prices.add(Latency::new(Duration::from_secs(2)).named("slow"))?;
    assert_eq!(client.price(), 7, "a slow server is not waited for");
    assert!(slow.touched(), "the fault has met the client");
    drop(slow);
    assert_eq!(client.price(), 42, "the fault is gone with its guard");

    let broken = prices.add(ResetPeer::at_once().upstream())?;
    assert_eq!(client.price(), 7, "a reset is survived");
    broken.remove()?;

    let outage = prices.down().await?;
    assert_eq!(client.price(), 7, "a refused connection is survived");
    outage.end().await?;
    assert_eq!(client.price(), 42, "the server is back");
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let aconite = Aconite::start()?;
    aconite.block_on(copes(&aconite))?;
    println!("the client copes with a slow server, a reset and an outage");
    Ok(())
}

/// In a test of tokio's. A client that blocks the thread does no harm: aconite has threads of its own.
#[tokio::test]
async fn the_client_copes() -> Result<(), Box<dyn std::error::Error>> {
    copes(&Aconite::start()?).await
}

/// In a plain test.
#[test]
fn an_impossible_fault_is_refused() -> Result<(), aconite::Error> {
    let aconite = Aconite::start()?;
    let proxy = aconite.block_on(aconite.proxy("prices", "127.0.0.1:1"))?;
    let refused = proxy.add(Latency::new(Duration::from_micros(1500)));
    let error = refused.err().map(|error| error.to_string());
    assert_eq!(
        error.as_deref(),
        Some("latency is 1.5ms: give whole milliseconds")
    );
    Ok(())
}
