//! MySQL's protocol, without compression.
//! <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html>
//!
//! A packet is a length of three bytes, least significant first, a sequence number, and the rest. A
//! packet of the largest length is continued by the next one. After the client has asked for TLS,
//! messages cannot be found.

use super::step::{Header, Parser, Step};
use crate::engine::item::Direction;

/// The length of a packet that the next one continues.
const CONTINUED: u32 = 0x00ff_ffff;
/// The length of the request for TLS, which is the start of a login.
const SSL_REQUEST: u32 = 32;
/// `CLIENT_SSL`, in the second byte of the client's capabilities.
const CLIENT_SSL: u8 = 0x08;

#[derive(Debug)]
pub(super) struct MySql {
    direction: Direction,
    header: Header<4>,
    /// Packets so far; it stops at 3.
    packets: u8,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Header,
    /// In the payload of the client's first packet, which may be a request for TLS: the first
    /// byte of the capabilities comes next.
    Request,
    /// The second byte comes next.
    Capabilities,
    Encrypted,
}

impl MySql {
    pub(super) fn new(direction: Direction) -> Self {
        MySql {
            direction,
            header: Header::default(),
            packets: 0,
            place: Place::Header,
        }
    }

    fn packet(&mut self, [a, b, c, sequence]: [u8; 4]) -> Step {
        let length = u32::from_le_bytes([a, b, c, 0]);
        self.packets = self.packets.saturating_add(1).min(3);
        match (self.direction, self.packets) {
            // The server speaks first, so its first packet is number 0 and the client's number 1.
            (Direction::Downstream, 1) if sequence != 0 => return Step::Lost,
            // Its second answers the client's login. TLS would have another number here.
            (Direction::Downstream, 2) if sequence != 2 => return Step::Lost,
            // Unless the record is between 512 and 767 bytes long. But as a packet it is then longer than
            // 64 KiB, which no answer to a login is.
            (Direction::Downstream, 2) if is_tls([a, b, c]) => return Step::Lost,
            (Direction::Upstream, 1) if sequence != 1 => return Step::Lost,
            (Direction::Upstream, 1) if length == SSL_REQUEST => {
                self.place = Place::Request;
                return Step::Next;
            }
            _ => {}
        }
        match length {
            CONTINUED => Step::Skip(CONTINUED.into()),
            _ => Step::EndAfter(length.into()),
        }
    }
}

/// Whether the bytes begin a TLS record of a handshake: its type, and a version from 3.1 to 3.4.
fn is_tls(start: [u8; 3]) -> bool {
    matches!(start, [22, 3, 1..=4])
}

impl Parser for MySql {
    fn step(&mut self, byte: u8) -> Step {
        match self.place {
            Place::Header => match self.header.add(byte) {
                Some(header) => self.packet(header),
                None => Step::Next,
            },
            Place::Request => {
                self.place = Place::Capabilities;
                Step::Next
            }
            Place::Capabilities => {
                self.place = match byte & CLIENT_SSL {
                    0 => Place::Header,
                    _ => Place::Encrypted,
                };
                Step::EndAfter(u64::from(SSL_REQUEST) - 2)
            }
            Place::Encrypted => Step::Lost,
        }
    }
}
