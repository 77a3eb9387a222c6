//! A kind of toxic of your own: `stall_on` delays data that contains a word.
//!
//! A kind is one type. [`ToxicKind`] says what it is called and what it takes, [`Toxic`] what it does
//! with the bytes of a connection. A toxic never waits: it says when bytes may leave. One call of
//! [`Builder::kind`](aconite::Builder::kind) registers it; the checks of its attributes, their error
//! messages and the API's document follow from what it says of itself.
//!
//! Run it with `cargo run --example custom_toxic`.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use aconite::Aconite;
use aconite::custom::{Attribute, AttributeError, Chunk, Outlet, Toxic, ToxicKind, Type, Values};
use aconite::faults::Fault;

/// Delays data that contains a word.
#[derive(Debug)]
pub struct StallOn {
    word: String,
    pause: Duration,
}

impl ToxicKind for StallOn {
    const NAME: &'static str = "stall_on";
    const ABOUT: &'static str = "Delays data that contains a word.";

    fn attributes() -> Vec<Attribute> {
        vec![
            Attribute::new("word", Type::text())
                .about("what to look for")
                .required()
                .example("checkout"),
            Attribute::new("pause", Type::duration())
                .about("how long such data waits")
                .default(Duration::from_millis(500)),
        ]
    }

    fn from_values(values: &Values) -> Result<Self, AttributeError> {
        if values.text("word").is_empty() {
            return Err(AttributeError::conflict("word", "is empty: give a word"));
        }
        Ok(StallOn {
            word: values.text("word").to_owned(),
            pause: values.duration("pause"),
        })
    }
}

impl Toxic for StallOn {
    /// What one direction of a connection remembers; nothing here.
    type Memory = ();

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        let word = self.word.as_bytes();
        let contains = chunk.bytes.windows(word.len()).any(|part| part == word);
        let pause = if contains { self.pause } else { Duration::ZERO };
        out.send_at(chunk.arrived + pause, chunk);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let aconite = Aconite::builder().kind::<StallOn>()?.start()?;
    aconite.block_on(async {
        let proxy = aconite.proxy("shop", echo()?).await?;
        // A value that is not taken is refused with its name.
        let wrong = proxy.add(Fault::new("stall_on").set("pause", "soon"));
        println!("refused: {}", wrong.err().ok_or("it was taken")?);

        let pause = Duration::from_millis(200);
        let fault = Fault::new("stall_on")
            .set("word", "checkout")
            .set("pause", pause);
        let _stall = proxy.add(fault)?;
        let mut client = TcpStream::connect(proxy.address())?;
        println!("browse took {:?}", round_trip(&mut client, b"browse")?);
        let slow = round_trip(&mut client, b"checkout")?;
        println!("checkout took {slow:?}");
        assert!(slow >= pause, "checkout took only {slow:?}");
        Ok(())
    })
}

/// An upstream that sends back what it gets.
fn echo() -> std::io::Result<std::net::SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || std::io::copy(&mut &client, &mut &client));
        }
    });
    Ok(address)
}

fn round_trip(client: &mut TcpStream, bytes: &[u8]) -> std::io::Result<Duration> {
    let begin = Instant::now();
    client.write_all(bytes)?;
    client.read_exact(&mut vec![0; bytes.len()])?;
    Ok(begin.elapsed())
}

#[cfg(test)]
#[test]
fn the_example_runs() {
    main().unwrap();
}
