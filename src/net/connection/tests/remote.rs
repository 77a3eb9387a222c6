//! The test's end of a stream in memory: a client or an upstream.

use std::future::poll_fn;
use std::io;
use std::time::Duration;

use crate::net::transport::Stream;

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Eof,
    Reset,
}

/// The test's end of a stream: a client or an upstream.
pub(super) struct Remote(pub(super) Stream);

impl Remote {
    async fn write_some(&self, bytes: &[u8]) -> usize {
        loop {
            match self.0.try_write(bytes) {
                Ok(count) => return count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    poll_fn(|context| self.0.poll_writable(context))
                        .await
                        .unwrap();
                }
                // The proxy has closed the stream.
                Err(_) => return bytes.len(),
            }
        }
    }

    pub(super) async fn write_all(&self, bytes: &[u8]) {
        let mut written = 0;
        while written < bytes.len() {
            written += self.write_some(&bytes[written..]).await;
        }
    }

    /// Writes until the stream takes no byte for a minute. Returns how many bytes it took.
    pub(super) async fn write_until_stalled(&self, bytes: &[u8]) -> usize {
        let mut written = 0;
        while written < bytes.len() {
            let write = self.write_some(&bytes[written..]);
            match tokio::time::timeout(Duration::from_secs(60), write).await {
                Ok(count) => written += count,
                Err(_) => break,
            }
        }
        written
    }

    /// Waits until the proxy has read everything.
    pub(super) async fn delivered(&self) {
        while self.0.unacknowledged() != Some(0) {
            tokio::task::yield_now().await;
        }
        // The connection's task reads the bytes in the window within a few polls.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    async fn read(&self) -> io::Result<Vec<u8>> {
        let mut space = vec![0; 8 * 1024];
        loop {
            match self.0.try_read(&mut space) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.0.readable().await.unwrap();
                }
                read => return read.map(|count| space[..count].to_vec()),
            }
        }
    }

    pub(super) async fn read_some(&self) -> Vec<u8> {
        self.read().await.unwrap()
    }

    pub(super) async fn read_exactly(&self, count: usize) -> Vec<u8> {
        let mut all = Vec::new();
        while all.len() < count {
            all.extend(self.read_some().await);
        }
        all
    }

    pub(super) async fn read_to_end(&self) -> (Vec<u8>, End) {
        let mut all = Vec::new();
        loop {
            match self.read().await {
                Ok(bytes) if bytes.is_empty() => return (all, End::Eof),
                Ok(bytes) => all.extend(bytes),
                Err(_) => return (all, End::Reset),
            }
        }
    }

    pub(super) fn shutdown(&self) {
        self.0.shutdown_write();
    }

    pub(super) fn reset(self) {
        self.0.reset();
    }
}
