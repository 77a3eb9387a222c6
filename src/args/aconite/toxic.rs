//! The commands about toxics.

use clap::{Args, Subcommand};

use super::toxic_flags::{self, Message, Requests, Scope, Timing};
use crate::args::attribute_list::{self, AttributeList};
use crate::args::client::{Action, Change, NewToxic, Stream};
use crate::args::values;

/// The name of a toxic: by a flag, as in Toxiproxy, or by its position.
#[derive(Debug, Args)]
pub(super) struct ToxicName {
    /// Name of the toxic
    #[arg(
        value_name = "TOXIC",
        required_unless_present = "name",
        conflicts_with = "name"
    )]
    toxic: Option<String>,
    /// The toxic's name, in place of TOXIC
    #[arg(short, long, alias = "toxicName")]
    name: Option<String>,
}

impl From<ToxicName> for String {
    /// The name. One of the two is present, because clap requires it.
    fn from(named: ToxicName) -> Self {
        named.toxic.or(named.name).unwrap_or_default()
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum ToxicCommand {
    /// Add a toxic to a proxy
    #[command(visible_alias = "a")]
    Add {
        /// Name of the proxy
        proxy: String,
        /// The type of the toxic; `aconite toxic types` explains all, `aconite toxic types TYPE` one
        #[arg(short = 't', long = "type", value_name = "TYPE")]
        kind: String,
        /// The toxic's name [default: TYPE_STREAM]
        #[arg(short, long, alias = "toxicName")]
        name: Option<String>,
        /// The share of connections that it applies to, from 0 to 1
        #[arg(long, alias = "tox", value_name = "SHARE", default_value = "1", value_parser = values::toxicity, allow_negative_numbers = true)]
        toxicity: f64,
        /// An attribute, such as latency=100; may be repeated; `aconite toxic types TYPE` explains those
        /// of a type. Lists and objects are JSON, as in 'after={"time":"5s"}'; a time without a unit
        /// is in milliseconds
        #[arg(short, long = "attribute", value_name = "NAME=VALUE", value_parser = attribute_list::parse)]
        attributes: Vec<AttributeList>,
        /// Act on what the client sends
        #[arg(short, long, conflicts_with = "downstream")]
        upstream: bool,
        /// Act on what the client receives (the default)
        #[arg(short, long)]
        downstream: bool,
        /// The same by name: upstream, downstream, or both, which adds a toxic for each
        #[arg(long, value_name = "STREAM", value_parser = values::stream, conflicts_with_all = ["upstream", "downstream"])]
        stream: Option<Stream>,
        /// A session, at whose end the toxic is removed
        #[arg(long, value_name = "NAME")]
        session: Option<String>,
        #[command(flatten)]
        message: Message,
        #[command(flatten)]
        timing: Timing,
        #[command(flatten)]
        scope: Scope,
        #[command(flatten)]
        requests: Box<Requests>,
    },
    /// Change a toxic's attributes, toxicity or options; everything else stays, but a match is replaced as a whole
    #[command(visible_alias = "u")]
    Update {
        /// Name of the proxy
        proxy: String,
        #[command(flatten)]
        named: ToxicName,
        /// The share of connections that it applies to, from 0 to 1
        #[arg(long, alias = "tox", value_name = "SHARE", value_parser = values::toxicity, allow_negative_numbers = true)]
        toxicity: Option<f64>,
        /// An attribute, such as latency=100; may be repeated; `aconite toxic types TYPE` explains those
        /// of a type. Lists and objects are JSON, as in 'after={"time":"5s"}'; a time without a unit
        /// is in milliseconds
        #[arg(short, long = "attribute", value_name = "NAME=VALUE", value_parser = attribute_list::parse)]
        attributes: Vec<AttributeList>,
        #[command(flatten)]
        message: Message,
        #[command(flatten)]
        timing: Timing,
        #[command(flatten)]
        scope: Scope,
        #[command(flatten)]
        requests: Box<Requests>,
    },
    /// Remove a toxic from a proxy
    #[command(visible_aliases = ["r", "delete", "d"])]
    Remove {
        /// Name of the proxy
        proxy: String,
        #[command(flatten)]
        named: ToxicName,
    },
    /// Show a proxy's toxics, as inspect does
    #[command(visible_alias = "ls")]
    List {
        /// Name of the proxy
        proxy: String,
    },
    /// Explain every type of toxic that the server knows, or this program if no server answers:
    /// attributes, units, ranges, defaults
    Types {
        /// Explain this one only
        #[arg(value_name = "TYPE")]
        kind: Option<String>,
    },
    /// List the errors of API providers that `-a preset=NAME` sends, or show one as it is sent
    Presets {
        /// Show this one only, with its headers and its body
        preset: Option<String>,
    },
}

/// The stream that is named, or the one that a switch stands for.
fn stream_of(named: Option<Stream>, upstream: bool) -> Stream {
    let switched = match upstream {
        true => Stream::Upstream,
        false => Stream::Downstream,
    };
    named.unwrap_or(switched)
}

impl From<ToxicCommand> for Action {
    fn from(command: ToxicCommand) -> Self {
        match command {
            ToxicCommand::Add {
                proxy,
                kind,
                name,
                toxicity,
                attributes,
                upstream,
                downstream: _,
                stream,
                session,
                message,
                timing,
                scope,
                requests,
            } => Action::AddToxic {
                proxy,
                toxic: NewToxic {
                    name,
                    kind,
                    stream: stream_of(stream, upstream),
                    toxicity,
                    attributes: attribute_list::joined(attributes),
                    headers: message.header,
                    body: message.body,
                    options: toxic_flags::on(*requests, toxic_flags::of(session, timing, scope)),
                },
            },
            ToxicCommand::Update {
                proxy,
                named,
                toxicity,
                attributes,
                message,
                timing,
                scope,
                requests,
            } => Action::UpdateToxic {
                proxy,
                change: Change {
                    name: named.into(),
                    toxicity,
                    attributes: attribute_list::joined(attributes),
                    headers: message.header,
                    body: message.body,
                    options: toxic_flags::on(*requests, toxic_flags::of(None, timing, scope)),
                },
            },
            ToxicCommand::Remove { proxy, named } => Action::RemoveToxic {
                proxy,
                name: named.into(),
            },
            ToxicCommand::List { proxy } => Action::Inspect { proxy },
            ToxicCommand::Types { kind } => Action::Types { kind },
            ToxicCommand::Presets { preset } => Action::Presets { preset },
        }
    }
}
