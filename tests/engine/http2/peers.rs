//! A client and an upstream that keep to flow control, and notice when the other one does not.

use std::collections::BTreeMap;

use aconite::protocol::http2::frame::{FrameHead, HEAD, flag, kind};

use super::frames::{data, ok, window_update};

const INITIAL: i64 = 65_535;

/// A client that takes DATA and gives its windows back when it is told to.
#[derive(Debug)]
pub struct Client {
    window: i64,
    /// Bytes that it has taken and not given back.
    taken: u32,
    pub streams: BTreeMap<u32, Taken>,
    unread: Vec<u8>,
}

/// A stream of the client.
#[derive(Debug, Default)]
pub struct Taken {
    window: i64,
    unreturned: u32,
    pub body: usize,
    pub has_ended: bool,
    pub was_reset: bool,
}

impl Client {
    pub fn new() -> Self {
        Client {
            window: INITIAL,
            taken: 0,
            streams: BTreeMap::new(),
            unread: Vec::new(),
        }
    }

    pub fn open(&mut self, stream: u32) {
        let window = INITIAL;
        let taken = Taken {
            window,
            ..Taken::default()
        };
        self.streams.insert(stream, taken);
    }

    pub fn take(&mut self, bytes: &[u8]) {
        for (head, _) in frames(&mut self.unread, bytes) {
            let Some(stream) = self.streams.get_mut(&head.stream) else {
                continue;
            };
            let size = i64::try_from(head.length).unwrap();
            match head.kind {
                kind::DATA => {
                    self.window -= size;
                    stream.window -= size;
                    assert!(self.window >= 0, "more than the connection's window");
                    assert!(stream.window >= 0, "more than the stream's window");
                    assert!(!stream.has_ended, "DATA behind the end");
                    self.taken += u32::try_from(head.length).unwrap();
                    stream.unreturned += u32::try_from(head.length).unwrap();
                    stream.body += head.length;
                }
                kind::RST_STREAM => stream.was_reset = true,
                _ => {}
            }
            if matches!(head.kind, kind::DATA | kind::HEADERS) {
                stream.has_ended |= head.has(flag::END_STREAM);
            }
        }
    }

    /// Gives back some of what was taken: for the connection, and for its streams.
    pub fn give_back(&mut self, part: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let size = self.taken * part / 4;
        if size > 0 {
            self.taken -= size;
            self.window += i64::from(size);
            out.extend(window_update(0, size));
        }
        for (id, stream) in &mut self.streams {
            let size = stream.unreturned * part / 4;
            if size > 0 && !stream.has_ended {
                stream.unreturned -= size;
                stream.window += i64::from(size);
                out.extend(window_update(*id, size));
            }
        }
        out
    }

    /// What it can still take, with what it has not given back.
    pub fn whole_window(&self) -> i64 {
        self.window + i64::from(self.taken)
    }
}

/// An upstream that answers every request with a body, as its windows allow.
#[derive(Debug)]
pub struct Upstream {
    pub window: i64,
    streams: BTreeMap<u32, Sending>,
    pub sizes: BTreeMap<u32, usize>,
    unread: Vec<u8>,
}

#[derive(Debug)]
struct Sending {
    window: i64,
    left: usize,
    has_begun: bool,
}

impl Upstream {
    pub fn new() -> Self {
        Upstream {
            window: INITIAL,
            streams: BTreeMap::new(),
            sizes: BTreeMap::new(),
            unread: Vec::new(),
        }
    }

    pub fn take(&mut self, bytes: &[u8]) {
        for (head, payload) in frames(&mut self.unread, bytes) {
            let number = payload.first_chunk().copied().map(u32::from_be_bytes);
            match (head.kind, head.stream) {
                (kind::HEADERS, stream) => {
                    let left = self.sizes.get(&stream).copied().unwrap_or(0);
                    let sending = Sending {
                        window: INITIAL,
                        left,
                        has_begun: false,
                    };
                    self.streams.insert(stream, sending);
                }
                (kind::WINDOW_UPDATE, 0) => self.window += i64::from(number.unwrap()),
                (kind::WINDOW_UPDATE, stream) => {
                    if let Some(stream) = self.streams.get_mut(&stream) {
                        stream.window += i64::from(number.unwrap());
                    }
                }
                (kind::RST_STREAM, stream) => drop(self.streams.remove(&stream)),
                _ => {}
            }
        }
    }

    /// Sends one frame on each stream that has room.
    pub fn send(&mut self, most: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut done = Vec::new();
        for (id, stream) in &mut self.streams {
            if !stream.has_begun {
                stream.has_begun = true;
                out.extend(ok(*id));
                continue;
            }
            let room = self.window.min(stream.window).max(0);
            let size = stream.left.min(most).min(usize::try_from(room).unwrap());
            if size == 0 && stream.left > 0 {
                continue;
            }
            self.window -= i64::try_from(size).unwrap();
            stream.window -= i64::try_from(size).unwrap();
            stream.left -= size;
            out.extend(data(*id, &vec![b'u'; size], stream.left == 0));
            if stream.left == 0 {
                done.push(*id);
            }
        }
        for id in done {
            self.streams.remove(&id);
        }
        out
    }
}

/// The whole frames in what was not read yet and `bytes`.
fn frames(unread: &mut Vec<u8>, bytes: &[u8]) -> Vec<(FrameHead, Vec<u8>)> {
    unread.extend_from_slice(bytes);
    let mut frames = Vec::new();
    while let Some(head) = FrameHead::read(unread) {
        let end = HEAD + head.length;
        if unread.len() < end {
            break;
        }
        let frame: Vec<u8> = unread.drain(..end).collect();
        frames.push((head, frame[HEAD..].to_vec()));
    }
    frames
}
