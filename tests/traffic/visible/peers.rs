//! Both outer ends of many connections. Each counts what it sees.
//!
//! A client sends its number, the length of its question and the length of the answer in one small write.
//! The upstream answers with one small write when it has all of the question. So every message is one
//! chunk, however the machine schedules the threads.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use support::rig::PATIENCE;

/// What one end of a connection saw of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub number: u64,
    pub sent: u64,
    pub received: u64,
    pub reset: bool,
}

/// What is sent on one connection.
#[derive(Clone, Copy, Debug)]
pub struct Talk {
    pub number: u64,
    pub question: u64,
    pub answer: u64,
}

const HEAD: usize = 24;

impl Talk {
    /// Sizes that fit one packet and differ from one connection to the next.
    pub fn of(number: u64) -> Self {
        Talk {
            number,
            question: 700 + number * 7 % 601,
            answer: 100 + number * 11 % 997,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let head = [self.number, self.question, self.answer].map(u64::to_be_bytes);
        let mut bytes = head.concat();
        bytes.resize(self.question as usize, b'q');
        bytes
    }

    fn read(head: &[u8]) -> Option<Self> {
        let mut words = head.get(..HEAD)?.chunks(8);
        let mut word = || Some(u64::from_be_bytes(words.next()?.try_into().ok()?));
        Some(Talk {
            number: word()?,
            question: word()?,
            answer: word()?,
        })
    }
}

/// An upstream that says what each of its connections came to.
pub struct Upstream {
    pub address: SocketAddr,
    reports: mpsc::UnboundedReceiver<Seen>,
}

impl Upstream {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (report, reports) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let report = report.clone();
                tokio::spawn(async move { report.send(answer(stream).await) });
            }
        });
        Upstream { address, reports }
    }

    /// What the next connections came to that ended.
    pub async fn reports(&mut self, count: usize) -> Vec<Seen> {
        let mut all = Vec::new();
        while all.len() < count {
            let next = timeout(PATIENCE, self.reports.recv()).await;
            all.push(next.expect("an end").unwrap());
        }
        all
    }
}

async fn answer(mut stream: TcpStream) -> Seen {
    stream.set_nodelay(true).unwrap();
    let (mut seen, mut all) = (Seen::default(), Vec::new());
    loop {
        match stream.read_buf(&mut all).await {
            Ok(0) => break,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                seen.reset = true;
                break;
            }
            Ok(_) => {}
        }
        seen.received = all.len() as u64;
        let Some(talk) = Talk::read(&all) else {
            continue;
        };
        seen.number = talk.number;
        if seen.received == talk.question && seen.sent == 0 {
            stream
                .write_all(&vec![b'a'; talk.answer as usize])
                .await
                .unwrap();
            seen.sent = talk.answer;
        }
    }
    seen
}

/// A client that has connected.
pub struct Client {
    pub stream: TcpStream,
    pub address: SocketAddr,
}

impl Client {
    pub async fn to(address: &str) -> Self {
        let stream = timeout(PATIENCE, TcpStream::connect(address))
            .await
            .unwrap()
            .unwrap();
        stream.set_nodelay(true).unwrap();
        let address = stream.local_addr().unwrap();
        Client { stream, address }
    }

    /// Asks, reads the answer, and then the end if that comes by itself within the time.
    pub async fn ask(&mut self, talk: Talk) -> Seen {
        self.stream.write_all(&talk.bytes()).await.unwrap();
        let mut seen = Seen {
            number: talk.number,
            sent: talk.question,
            ..Seen::default()
        };
        let mut buffer = vec![0; 4096];
        while seen.received < talk.answer {
            match timeout(PATIENCE, self.stream.read(&mut buffer))
                .await
                .expect("bytes or an end")
            {
                Ok(0) => break,
                Ok(count) => seen.received += count as u64,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                    seen.reset = true;
                    break;
                }
            }
        }
        seen
    }
}

/// Waits a moment between looks at the server.
pub async fn moment() {
    tokio::time::sleep(Duration::from_millis(3)).await;
}
