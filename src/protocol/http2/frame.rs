//! Frames (RFC 9113, section 4 and 6): where they end, and those that are written here.

use bytes::Bytes;

/// What a client sends first (section 3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The size of a frame's head, in bytes.
pub const HEAD: usize = 9;
/// The largest payload that every receiver takes (section 4.2). Frames written here are not larger.
const PAYLOAD: usize = 16 * 1024;
/// The most bytes of a header block with its frames, and of any other frame that is kept together.
const LARGEST: usize = 64 * 1024;
/// The most CONTINUATION frames of a block, because empty ones cost their sender little.
const MOST_CONTINUATIONS: usize = 64;

/// The types of frames that matter here.
pub mod kind {
    #![allow(missing_docs)]
    pub const DATA: u8 = 0;
    pub const HEADERS: u8 = 1;
    pub const RST_STREAM: u8 = 3;
    pub const SETTINGS: u8 = 4;
    pub const PUSH_PROMISE: u8 = 5;
    pub const GOAWAY: u8 = 7;
    pub const WINDOW_UPDATE: u8 = 8;
    pub const CONTINUATION: u8 = 9;
}

/// The flags that matter here. `END_STREAM` and `ACK` are one bit.
pub mod flag {
    #![allow(missing_docs)]
    pub const END_STREAM: u8 = 1;
    pub const ACK: u8 = 1;
    pub const END_HEADERS: u8 = 4;
    pub const PADDED: u8 = 8;
    pub const PRIORITY: u8 = 0x20;
}

/// Error codes (section 7).
pub mod code {
    #![allow(missing_docs)]
    pub const NO_ERROR: u32 = 0;
    pub const PROTOCOL_ERROR: u32 = 1;
    pub const INTERNAL_ERROR: u32 = 2;
    pub const REFUSED_STREAM: u32 = 7;
    pub const CANCEL: u32 = 8;
    pub const COMPRESSION_ERROR: u32 = 9;
}

/// The head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHead {
    /// The size of the payload, in bytes.
    pub length: usize,
    /// The type.
    pub kind: u8,
    /// The flags.
    pub flags: u8,
    /// The stream; 0 is the connection.
    pub stream: u32,
}

/// What the bytes begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// Too few bytes to tell, or an unfinished part that is kept together.
    Partial,
    /// A frame whose payload may still be on its way.
    Streaming(FrameHead),
    /// A whole frame, or a whole header block with all of its frames, of this size in bytes.
    Whole(FrameHead, usize),
    /// It cannot be followed.
    Refused(u32),
}

impl FrameHead {
    /// Whether a flag is set.
    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Reads the head that the bytes begin with.
    pub fn read(bytes: &[u8]) -> Option<FrameHead> {
        let head: &[u8; HEAD] = bytes.first_chunk()?;
        let [a, b, c, kind, flags, stream @ ..] = *head;
        Some(FrameHead {
            length: usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(usize::MAX),
            kind,
            flags,
            stream: u32::from_be_bytes(stream) & 0x7fff_ffff,
        })
    }

    /// Appends the head to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        let length = u32::try_from(self.length).unwrap_or(u32::MAX).to_be_bytes();
        out.extend_from_slice(length.split_first().map_or(&[], |(_, low)| low));
        out.extend_from_slice(&[self.kind, self.flags]);
        out.extend_from_slice(&self.stream.to_be_bytes());
    }
}

/// Tells what the bytes begin with. It reads only heads, so asking again when more bytes have come is
/// cheap.
pub fn front(bytes: &[u8]) -> Front {
    let Some(head) = FrameHead::read(bytes) else {
        return Front::Partial;
    };
    match head.kind {
        kind::HEADERS | kind::PUSH_PROMISE => block(head, bytes),
        kind::CONTINUATION => Front::Refused(code::PROTOCOL_ERROR),
        kind::SETTINGS | kind::WINDOW_UPDATE | kind::RST_STREAM => {
            let size = HEAD + head.length;
            match (size > LARGEST, size > bytes.len()) {
                (true, _) => Front::Refused(code::PROTOCOL_ERROR),
                (false, true) => Front::Partial,
                (false, false) => Front::Whole(head, size),
            }
        }
        _ => Front::Streaming(head),
    }
}

/// A header block is a HEADERS or PUSH_PROMISE frame and the CONTINUATION frames behind it, between
/// which no other frame may stand (section 4.3).
fn block(first: FrameHead, bytes: &[u8]) -> Front {
    let (mut head, mut size) = (first, 0);
    for _ in 0..=MOST_CONTINUATIONS {
        size += HEAD + head.length;
        if size > LARGEST {
            return Front::Refused(code::PROTOCOL_ERROR);
        }
        let Some(rest) = bytes.get(size..) else {
            return Front::Partial;
        };
        if head.has(flag::END_HEADERS) {
            return Front::Whole(first, size);
        }
        head = match FrameHead::read(rest) {
            None => return Front::Partial,
            Some(next) if next.kind == kind::CONTINUATION && next.stream == first.stream => next,
            Some(_) => return Front::Refused(code::PROTOCOL_ERROR),
        };
    }
    Front::Refused(code::PROTOCOL_ERROR)
}

/// The payload of a padded frame without the padding. `None`: the padding is longer than the frame.
pub fn unpadded(head: FrameHead, payload: Bytes) -> Option<Bytes> {
    if !head.has(flag::PADDED) {
        return Some(payload);
    }
    let padding = usize::from(*payload.first()?);
    let end = payload.len().checked_sub(padding)?;
    (end >= 1).then(|| payload.slice(1..end))
}

/// A frame with any payload.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = payload.len();
    let mut out = Vec::with_capacity(HEAD + length);
    let head = FrameHead {
        length,
        kind,
        flags,
        stream,
    };
    head.write(&mut out);
    out.extend_from_slice(payload);
    out
}

/// A RST_STREAM frame.
pub fn rst_stream(stream: u32, code: u32) -> Vec<u8> {
    frame(kind::RST_STREAM, 0, stream, &code.to_be_bytes())
}

/// A WINDOW_UPDATE frame. `increment` is above zero.
pub fn window_update(stream: u32, increment: u32) -> Vec<u8> {
    frame(kind::WINDOW_UPDATE, 0, stream, &increment.to_be_bytes())
}

/// A GOAWAY frame.
pub fn goaway(last: u32, code: u32) -> Vec<u8> {
    let payload = [last.to_be_bytes(), code.to_be_bytes()].concat();
    frame(kind::GOAWAY, 0, 0, &payload)
}

/// The frames of a header block that begins like `first`. `before` stands in the payload before the
/// block: the priority of HEADERS, the promised stream of PUSH_PROMISE. Padding is not kept.
pub fn headers(first: FrameHead, before: &[u8], block: &[u8]) -> Vec<u8> {
    let room = PAYLOAD.saturating_sub(before.len());
    let (mut part, mut rest) = block.split_at(room.min(block.len()));
    let mut payload = before.to_vec();
    payload.extend_from_slice(part);
    let last = |rest: &[u8]| {
        if rest.is_empty() {
            flag::END_HEADERS
        } else {
            0
        }
    };
    let flags = first.flags & !(flag::PADDED | flag::END_HEADERS) | last(rest);
    let mut out = frame(first.kind, flags, first.stream, &payload);
    while !rest.is_empty() {
        (part, rest) = rest.split_at(PAYLOAD.min(rest.len()));
        out.extend(frame(kind::CONTINUATION, last(rest), first.stream, part));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(kind: u8, flags: u8, stream: u32) -> FrameHead {
        FrameHead {
            length: 0,
            kind,
            flags,
            stream,
        }
    }

    #[test]
    fn a_header_block_is_kept_together_with_its_continuations() {
        let block = vec![7; 40_000];
        let flags = flag::END_STREAM | flag::PRIORITY | flag::PADDED;
        let bytes = headers(head(kind::HEADERS, flags, 5), &[0; 5], &block);
        for cut in [0, 8, 9, 16_000, 16_393, 16_402, bytes.len() - 1] {
            assert_eq!(front(&bytes[..cut]), Front::Partial, "{cut}");
        }
        let Front::Whole(first, size) = front(&bytes) else {
            panic!("not whole");
        };
        assert_eq!((first.stream, size), (5, bytes.len()));
        assert_eq!(first.flags, flag::END_STREAM | flag::PRIORITY);
        assert_eq!(bytes.len(), 40_000 + 5 + 3 * HEAD);
    }

    #[test]
    fn blocks_that_cannot_be_followed_are_refused() {
        let open = frame(kind::HEADERS, 0, 1, b"x");
        let strange = [open.clone(), window_update(0, 1)].concat();
        let other = [open.clone(), frame(kind::CONTINUATION, 4, 3, b"x")].concat();
        let flood = [open, frame(kind::CONTINUATION, 0, 1, b"").repeat(65)].concat();
        let alone = frame(kind::CONTINUATION, 4, 1, b"x");
        let large = frame(kind::HEADERS, 4, 1, &[0; LARGEST]);
        for bytes in [strange, other, flood, alone, large] {
            assert_eq!(front(&bytes), Front::Refused(code::PROTOCOL_ERROR));
        }
    }

    #[test]
    fn padding_is_removed_and_must_fit() {
        let padded = head(kind::DATA, flag::PADDED, 1);
        let payload = Bytes::from_static(b"\x02abc\0\0");
        assert_eq!(unpadded(padded, payload).unwrap(), "abc");
        for wrong in [&b""[..], b"\x01", b"\x04abc"] {
            assert_eq!(unpadded(padded, Bytes::copy_from_slice(wrong)), None);
        }
        assert_eq!(unpadded(padded, Bytes::from_static(b"\0")).unwrap(), "");
    }

    #[test]
    fn data_and_unknown_frames_stream() {
        let bytes = frame(kind::DATA, flag::END_STREAM, 3, b"hello");
        let Front::Streaming(head) = front(&bytes[..HEAD]) else {
            panic!("does not stream");
        };
        assert_eq!((head.length, head.stream), (5, 3));
        assert!(head.has(flag::END_STREAM));
        let unknown = frame(0xee, 0, 9, b"x");
        assert!(matches!(front(&unknown), Front::Streaming(_)));
    }
}
