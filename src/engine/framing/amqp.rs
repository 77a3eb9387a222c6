//! AMQP 0-9-1, section 4.2 of its specification.
//! <https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf>
//!
//! The client begins with a protocol header of eight bytes; a server that does not like it answers
//! with one. Then come frames: a type, a channel of two bytes, a length of four bytes, as many
//! bytes, and an end byte.

use super::step::{Header, MAX_MESSAGE, Parser, Step};

/// The protocol header, with the version.
const PROTOCOL: [u8; 8] = *b"AMQP\x00\x00\x09\x01";
const FRAME_END: u8 = 0xce;

#[derive(Debug, Default)]
pub(super) enum Amqp {
    /// Nothing has come yet.
    #[default]
    Start,
    /// In the protocol header; this many bytes of it were read.
    Protocol(usize),
    Frame(Header<7>),
    /// The end byte comes next.
    End,
}

impl Amqp {
    fn protocol(&mut self, read: usize, byte: u8) -> Step {
        if PROTOCOL.get(read) != Some(&byte) {
            return Step::Lost;
        }
        if read + 1 == PROTOCOL.len() {
            *self = Amqp::Frame(Header::default());
            return Step::EndAfter(0);
        }
        *self = Amqp::Protocol(read + 1);
        Step::Next
    }

    fn frame(&mut self, byte: u8) -> Step {
        let Amqp::Frame(header) = self else {
            return Step::Lost;
        };
        // Methods, headers, bodies, and heartbeats, of which an older version had another number.
        if header.read() == 0 && !matches!(byte, 1..=3 | 4 | 8) {
            return Step::Lost;
        }
        let Some([_, _, _, a, b, c, d]) = header.add(byte) else {
            return Step::Next;
        };
        *self = Amqp::End;
        match u64::from(u32::from_be_bytes([a, b, c, d])) {
            0 => Step::Next,
            size if size <= MAX_MESSAGE => Step::Skip(size),
            _ => Step::Lost,
        }
    }
}

impl Parser for Amqp {
    fn step(&mut self, byte: u8) -> Step {
        match self {
            Amqp::Start if Some(&byte) == PROTOCOL.first() => self.protocol(0, byte),
            Amqp::Start => {
                *self = Amqp::Frame(Header::default());
                self.frame(byte)
            }
            Amqp::Protocol(read) => {
                let read = *read;
                self.protocol(read, byte)
            }
            Amqp::Frame(_) => self.frame(byte),
            Amqp::End if byte == FRAME_END => {
                *self = Amqp::Frame(Header::default());
                Step::EndAfter(0)
            }
            Amqp::End => Step::Lost,
        }
    }
}
