//! PostgreSQL's protocol, version 3.
//! <https://www.postgresql.org/docs/current/protocol-message-formats.html>
//!
//! A message is a type, a length of four bytes that counts itself, and the rest. The client's first
//! messages have no type. The server answers a request for encryption with a single byte. After it
//! has agreed to encrypt, messages cannot be found.

use super::step::{Header, Parser, Step, end_of};
use crate::engine::item::Direction;

/// The longest first message that a server accepts (`MAX_STARTUP_PACKET_LENGTH`).
const MAX_STARTUP: u32 = 10_000;
/// Codes in the place of a version: requests that another first message follows.
const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;
const CANCEL_REQUEST: u32 = 80_877_102;

#[derive(Debug)]
pub(super) enum Postgres {
    /// The client's first messages: a length and a version, or the code of a request.
    Startup(Header<8>),
    /// The server's first byte.
    Answer,
    /// A type and a length.
    Regular(Header<5>),
    /// What follows is encrypted.
    Encrypted,
}

impl Postgres {
    pub(super) fn new(direction: Direction) -> Self {
        direction.pick(Postgres::Startup(Header::default()), Postgres::Answer)
    }

    /// The client's first message.
    fn startup(&mut self, header: [u8; 8]) -> Step {
        let [a, b, c, d, e, f, g, h] = header;
        let (length, code) = (
            u32::from_be_bytes([a, b, c, d]),
            u32::from_be_bytes([e, f, g, h]),
        );
        match code {
            SSL_REQUEST | GSS_REQUEST if length == 8 => Step::EndAfter(0),
            CANCEL_REQUEST if length <= 8 + 4 + 256 => end_of(length.into(), 8, 16),
            // Version 3, whatever the minor version is.
            _ if code >> 16 == 3 && length <= MAX_STARTUP => {
                *self = Postgres::Regular(Header::default());
                end_of(length.into(), 8, 8)
            }
            _ => Step::Lost,
        }
    }

    /// The server's first byte. A notice or a parameter cannot come before the authentication, so
    /// `N` and `S` are answers to a request for encryption.
    fn answer(&mut self, byte: u8) -> Step {
        match byte {
            b'N' => Step::EndAfter(0),
            b'S' | b'G' => {
                *self = Postgres::Encrypted;
                Step::EndAfter(0)
            }
            b'R' | b'E' | b'v' => {
                let mut header = Header::default();
                header.add(byte);
                *self = Postgres::Regular(header);
                Step::Next
            }
            _ => Step::Lost,
        }
    }
}

impl Parser for Postgres {
    fn step(&mut self, byte: u8) -> Step {
        match self {
            Postgres::Startup(header) => match header.add(byte) {
                Some(header) => self.startup(header),
                None => Step::Next,
            },
            Postgres::Answer => self.answer(byte),
            Postgres::Regular(header) => match header.add(byte) {
                Some([kind, a, b, c, d]) if is_type(kind) => {
                    let length = u64::from(u32::from_be_bytes([a, b, c, d]));
                    end_of(1 + length, 5, 5)
                }
                Some(_) => Step::Lost,
                None => Step::Next,
            },
            Postgres::Encrypted => Step::Lost,
        }
    }
}

fn is_type(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'1'..=b'3')
}
