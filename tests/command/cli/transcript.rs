//! Recorded sessions as values. Their format: a line `$ ` is a command, `$tty ` one with standard
//! output on a terminal; `| ` and `! ` are lines of its output and its errors (`|~` and `!~` the
//! last one, without a newline), `= ` is its exit code.

use std::collections::BTreeMap;
use std::path::Path;

use support::free_port;

/// A command, and Toxiproxy's output.
#[derive(Debug, Default)]
pub struct Exchange {
    /// The line of the file.
    pub line: usize,
    pub command: String,
    pub on_terminal: bool,
    pub output: String,
    pub errors: String,
    pub code: i32,
}

/// Reads a session from `testdata/cli`.
pub fn read(file: &str) -> Vec<Exchange> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/cli")
        .join(file);
    let text = std::fs::read_to_string(&path).expect("the session is there");
    let mut exchanges: Vec<Exchange> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
        if let "$" | "$tty" = mark {
            exchanges.push(Exchange {
                line: index + 1,
                command: rest.to_owned(),
                on_terminal: mark == "$tty",
                ..Exchange::default()
            });
        }
        let Some(exchange) = exchanges.last_mut() else {
            continue;
        };
        match mark {
            "|" => exchange.output.push_str(&format!("{rest}\n")),
            "|~" => exchange.output.push_str(rest),
            "!" => exchange.errors.push_str(&format!("{rest}\n")),
            "!~" => exchange.errors.push_str(rest),
            "=" => exchange.code = rest.parse().expect("an exit code"),
            "$" | "$tty" | "#" => {}
            other => panic!("{file}:{}: {other:?} begins no line", index + 1),
        }
    }
    assert!(!exchanges.is_empty(), "{file} has no command");
    exchanges
}

/// Ports for the placeholders of a session.
pub struct Places {
    api: u16,
    ports: BTreeMap<String, u16>,
}

impl Places {
    pub fn new(api: u16) -> Self {
        Self {
            api,
            ports: BTreeMap::new(),
        }
    }

    /// The text with ports in place of `{api}` and `{port:NAME}`, and escapes in place of `\e`.
    pub fn fill(&mut self, text: &str) -> String {
        let text = text.replace("{api}", &self.api.to_string());
        let text = text.replace("\\e", "\x1b");
        let mut filled = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("{port:") {
            let (name, after) = after.split_once('}').expect("a placeholder ends");
            let port = self.ports.entry(name.to_owned()).or_insert_with(free_port);
            filled.push_str(before);
            filled.push_str(&port.to_string());
            rest = after;
        }
        filled + rest
    }
}

/// The words of a command line, as a shell splits them; the sessions quote with `"` alone.
pub fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        let last = words.last_mut().expect("there is one");
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            letter => last.push(letter),
        }
    }
    words
}
