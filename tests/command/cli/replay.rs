//! The recorded sessions, each replayed on a fresh server.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::run::{Client, Seen};
use crate::cli::transcript::{self, Exchange, Places};
use support::Server;

/// After this the server's text is its own: Toxiproxy's names Go types.
const FREE_BEHIND: [&str; 1] = ["bad request body: "];

/// Lines of a session that aconite deliberately does not follow, by number, and why.
fn exceptions(file: &str) -> BTreeMap<usize, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cli/exceptions.txt");
    let text = std::fs::read_to_string(path).expect("the exceptions are there");
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (place, reason) = line.split_once(' ').expect("FILE:LINE REASON");
        let (of, number) = place.split_once(':').expect("FILE:LINE REASON");
        if of == file {
            found.insert(number.parse().expect("a line number"), reason.to_owned());
        }
    }
    found
}

/// The text without the parts that may vary, line by line.
fn comparable(text: &str) -> Vec<String> {
    let cut = |line: &str| {
        let ends = FREE_BEHIND
            .iter()
            .filter_map(|mark| Some(line.find(mark)? + mark.len()));
        let end = ends.min().unwrap_or(line.len());
        line[..end].to_owned()
    };
    text.split('\n').map(cut).collect()
}

fn agree(seen: &Seen, expected: &Seen) -> bool {
    seen.code == expected.code
        && comparable(&seen.output) == comparable(&expected.output)
        && comparable(&seen.errors) == comparable(&expected.errors)
}

fn replay(file: &str) {
    let server = Server::start(&[]);
    let client = Client::new("toxiproxy-cli", server.port());
    let mut places = Places::new(server.port());
    let mut exceptions = exceptions(file);
    let mut wrong = Vec::new();
    for exchange in transcript::read(file) {
        let Exchange {
            line, on_terminal, ..
        } = exchange;
        let command = places.fill(&exchange.command);
        let expected = Seen {
            output: places.fill(&exchange.output),
            errors: places.fill(&exchange.errors),
            code: exchange.code,
        };
        let seen = client.line(&transcript::words(&command), on_terminal);
        match (agree(&seen, &expected), exceptions.remove(&line)) {
            (true, None) | (false, Some(_)) => {}
            (true, Some(_)) => wrong.push(format!("{file}:{line} agrees, and is excepted")),
            (false, None) => wrong.push(format!(
                "{file}:{line}: {command}\n  seen     {seen:?}\n  expected {expected:?}"
            )),
        }
    }
    wrong.extend(
        exceptions
            .keys()
            .map(|line| format!("{file}:{line} is excepted, and no command")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

macro_rules! sessions {
    ($($test:ident: $file:literal,)*) => {
        $(#[test] fn $test() { replay($file); })*

        #[test]
        fn no_session_is_left_out() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cli");
            for entry in std::fs::read_dir(folder).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                // The server's session has its own test, and one file is not a session.
                let known = [$($file,)* "server-flags.txt", "exceptions.txt"];
                assert!(known.contains(&name.as_str()), "{name} is not replayed");
            }
        }
    };
}

sessions! {
    create: "create.txt",
    delete: "delete.txt",
    help: "help.txt",
    host: "host.txt",
    inspect: "inspect.txt",
    inspect_on_a_terminal: "inspect-tty.txt",
    list: "list.txt",
    list_on_a_terminal: "list-tty.txt",
    toggle: "toggle.txt",
    toxic_add: "toxic-add.txt",
    toxic_remove: "toxic-remove.txt",
    toxic_update: "toxic-update.txt",
    usage_errors: "usage-errors.txt",
}
