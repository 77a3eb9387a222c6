//! Protocols whose framing is known by name.

use super::amqp::Amqp;
use super::length::LengthField;
use super::mongodb::MongoDb;
use super::mysql::MySql;
use super::postgres::Postgres;
use super::redis::Redis;
use super::step::Parser;
use crate::engine::item::Direction;

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// PostgreSQL's frontend/backend protocol, version 3.
    Postgres,
    /// MySQL's client/server protocol, without compression. A message is a packet; packets that
    /// continue one another are one message.
    MySql,
    /// Kafka: a length of four bytes before each request and response.
    Kafka,
    /// MongoDB's wire protocol.
    MongoDb,
    /// RESP 2 and 3. A message is a whole command or reply, with everything nested in it.
    Redis,
    /// AMQP 0-9-1. A message is a frame; the protocol header is one too.
    Amqp,
}

/// The longest message of Kafka that is believed, in bytes. Brokers accept 100 MiB unless told
/// otherwise. The first bytes of TLS, read as a length, are more than this.
const MAX_KAFKA: u64 = 256 * 1024 * 1024;

impl Preset {
    /// All of them, in the order in which users see them.
    pub const ALL: [Preset; 6] = [
        Preset::Postgres,
        Preset::MySql,
        Preset::Kafka,
        Preset::MongoDb,
        Preset::Redis,
        Preset::Amqp,
    ];

    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Preset::Postgres => "postgres",
            Preset::MySql => "mysql",
            Preset::Kafka => "kafka",
            Preset::MongoDb => "mongodb",
            Preset::Redis => "redis",
            Preset::Amqp => "amqp",
        }
    }

    /// Finds a preset by its name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    pub(super) fn parser(self, direction: Direction) -> Box<dyn Parser> {
        match self {
            Preset::Postgres => Box::new(Postgres::new(direction)),
            Preset::MySql => Box::new(MySql::new(direction)),
            // https://kafka.apache.org/protocol#protocol_common
            Preset::Kafka => Box::new(
                LengthField {
                    max: MAX_KAFKA,
                    ..LengthField::new(0, 4)
                }
                .parser(),
            ),
            Preset::MongoDb => Box::new(MongoDb::default()),
            Preset::Redis => Box::new(Redis::new(direction)),
            Preset::Amqp => Box::new(Amqp::default()),
        }
    }
}
