//! The table of `toxiproxy-cli`'s commands and flags, in the order of its help.

use super::client_build::{self, Fault};
use super::client_flags::ParsedFlags;
use super::flag::{Flag, Kind};
use crate::args::client::Action;

/// A command.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its names; help shows it under the first.
    pub(super) names: &'static [&'static str],
    /// Its lines in help, with Toxiproxy's indentation; a command without lines is not shown.
    pub(super) about: &'static [&'static str],
    /// The part of its usage line after the options.
    pub(super) words: &'static str,
    /// Its flags.
    pub(super) flags: &'static [Flag],
    /// Its subcommands.
    pub(super) inner: &'static [Entry],
    /// Builds the action from its flags and positional arguments.
    pub(super) build: fn(&ParsedFlags) -> Result<Action, Fault>,
}

/// Whether a word in the position of a command asks for help.
pub(super) fn is_help(word: &str) -> bool {
    ["help", "h"].contains(&word)
}

const fn value(names: &'static [&'static str], about: &'static str) -> Flag {
    Flag {
        names,
        kind: Kind::Text,
        repeated: false,
        about,
    }
}

const fn switch(names: &'static [&'static str], about: &'static str) -> Flag {
    Flag {
        kind: Kind::Switch,
        ..value(names, about)
    }
}

const HELP: Flag = switch(&["help"], "show help (default: false)");
const JSON: Flag = switch(&["json"], "");
/// Toxiproxy 2.13 has this flag, but the help is that of 2.12.
const AUTH_TOKEN: Flag = value(&["auth-token"], "");
const TOXIC_NAME: Flag = value(&["toxicName", "n", "name"], "name of the toxic");
const TOXICITY: Flag = value(
    &["toxicity", "tox"],
    "toxicity of toxic should be a float between 0 and 1 (default: 1.0)",
);
const ATTRIBUTE: Flag = Flag {
    repeated: true,
    ..value(&["attribute", "a"], "toxic attribute in key=value format")
};

/// Flags that only aconite has.
const FOR: Flag = value(&["for"], "");
const START_AFTER: Flag = value(&["start-after"], "");
const EVERY: Flag = value(&["every"], "");
const SESSION: Flag = value(&["session"], "");
const SEED: Flag = value(&["seed"], "");
const REPLAY: Flag = value(&["replay"], "");
const MATCH_CLIENT: Flag = value(&["match-client"], "");
const MATCH_CONNECTIONS: Flag = value(&["match-connections"], "");
const MATCH_METHOD: Flag = value(&["match-method"], "");
const MATCH_HOST: Flag = value(&["match-host"], "");
const MATCH_PATH: Flag = value(&["match-path"], "");
const MATCH_QUERY: Flag = value(&["match-query"], "");
const MATCH_HEADER: Flag = value(&["match-header"], "");
const MATCH_REQUESTS: Flag = value(&["match-requests"], "");
const MATCH_NTH: Flag = value(&["match-nth"], "");
const MATCH_PER: Flag = value(&["match-per"], "");
const MATCH_STATUS: Flag = value(&["match-status"], "");
const MATCH_TYPE: Flag = value(&["match-type"], "");
const MATCH_AFTER: Flag = value(&["match-after"], "");
const MATCH_SPLIT: Flag = value(&["match-split"], "");
const HEADER: Flag = value(&["header"], "");
const BODY: Flag = value(&["body"], "");

/// The flags before a command.
pub(super) static GLOBALS: &[Flag] = &[
    value(
        &["host", "h"],
        "toxiproxy host to connect to (default: \"http://localhost:8474\") [$TOXIPROXY_URL]",
    ),
    AUTH_TOKEN,
    JSON,
    HELP,
    switch(&["version", "v"], "print the version"),
];

/// The commands.
pub(super) static COMMANDS: &[Entry] = &[
    Entry {
        names: &["list", "l", "li", "ls"],
        about: &["list all proxies", "  usage: 'toxiproxy-cli list'", ""],
        words: "",
        flags: &[JSON, HELP],
        inner: &[],
        build: |_| Ok(Action::List),
    },
    Entry {
        names: &["inspect", "i", "ins"],
        about: &[
            "inspect a single proxy",
            "  usage: 'toxiproxy-cli inspect <proxyName>'",
            "",
        ],
        words: "",
        flags: &[JSON, HELP],
        inner: &[],
        build: client_build::inspect,
    },
    Entry {
        names: &["create", "c", "new"],
        about: &[
            "create a new proxy",
            "  usage: 'toxiproxy-cli create --listen <addr> --upstream <addr> <proxyName>'",
            "",
        ],
        words: "",
        flags: &[
            value(&["listen", "l"], "proxy will listen on this address"),
            value(&["upstream", "u"], "proxy will forward to this address"),
            value(&["toxic"], ""),
            SESSION,
            SEED,
            switch(&["disabled"], ""),
            JSON,
            HELP,
        ],
        inner: &[],
        build: client_build::create,
    },
    Entry {
        names: &["toggle", "tog"],
        about: &[
            "  toggle enabled status on a proxy",
            "    usage: 'toxiproxy-cli toggle <proxyName>'",
            "",
        ],
        words: "",
        flags: &[SESSION, JSON, HELP],
        inner: &[],
        build: client_build::toggle,
    },
    Entry {
        names: &["delete", "d"],
        about: &[
            "  delete a proxy",
            "    usage: 'toxiproxy-cli delete <proxyName>'",
            "",
        ],
        words: "",
        flags: &[JSON, HELP],
        inner: &[],
        build: client_build::delete,
    },
    Entry {
        names: &["toxic", "t"],
        about: &[
            "  add, remove or update a toxic",
            "    usage: see 'toxiproxy-cli toxic'",
            "",
        ],
        words: "",
        flags: &[HELP],
        inner: TOXIC_COMMANDS,
        build: |_| Ok(Action::Types { kind: None }),
    },
    Entry {
        names: &["reset"],
        about: &[],
        words: "",
        flags: &[JSON, HELP],
        inner: &[],
        build: client_build::reset,
    },
    Entry {
        names: &["wait"],
        about: &[],
        words: "",
        flags: &[value(&["timeout"], ""), JSON, HELP],
        inner: &[],
        build: client_build::wait,
    },
    Entry {
        names: &["health"],
        about: &[],
        words: "",
        flags: &[value(&["timeout"], ""), JSON, HELP],
        inner: &[],
        build: client_build::health,
    },
    Entry {
        names: &["completions"],
        about: &[],
        words: " <shell>",
        flags: &[HELP],
        inner: &[],
        build: client_build::completions,
    },
];

/// A command's own flags, and behind them those about a toxic that `add` and `update` share.
macro_rules! toxic_flags {
    ($($own:expr),* $(,)?) => {
        &[
            $($own,)*
            SEED,
            REPLAY,
            MATCH_CLIENT,
            MATCH_CONNECTIONS,
            MATCH_METHOD,
            MATCH_HOST,
            MATCH_PATH,
            MATCH_QUERY,
            MATCH_HEADER,
            MATCH_REQUESTS,
            MATCH_NTH,
            MATCH_PER,
            MATCH_STATUS,
            MATCH_TYPE,
            MATCH_AFTER,
            MATCH_SPLIT,
            HEADER,
            BODY,
            JSON,
            HELP,
        ]
    };
}

static TOXIC_COMMANDS: &[Entry] = &[
    Entry {
        names: &["add", "a"],
        about: &["add a new toxic"],
        words: " <proxyName>",
        flags: toxic_flags![
            TOXIC_NAME,
            value(&["type", "t"], "type of toxic"),
            TOXICITY,
            ATTRIBUTE,
            switch(&["upstream", "u"], "add toxic to upstream (default: false)"),
            switch(
                &["downstream", "d"],
                "add toxic to downstream (default: true)",
            ),
            FOR,
            START_AFTER,
            EVERY,
            SESSION,
        ],
        inner: &[],
        build: client_build::add,
    },
    Entry {
        names: &["update", "u"],
        about: &["update an enabled toxic"],
        words: " <proxyName>",
        flags: toxic_flags![TOXIC_NAME, TOXICITY, ATTRIBUTE, FOR, START_AFTER, EVERY,],
        inner: &[],
        build: client_build::update,
    },
    Entry {
        names: &["remove", "r", "delete", "d"],
        about: &["remove an enabled toxic"],
        words: " <proxyName>",
        flags: &[TOXIC_NAME, JSON, HELP],
        inner: &[],
        build: client_build::remove,
    },
    Entry {
        names: &["types"],
        about: &[],
        words: "",
        flags: &[JSON, HELP],
        inner: &[],
        build: client_build::types,
    },
];

/// Toxiproxy's help on the kinds of toxic, kept because scripts may depend on it. `toxic types` shows
/// the catalogue's own descriptions.
pub(super) const ABOUT_TOXICS: &str = include_str!("toxics.txt");
