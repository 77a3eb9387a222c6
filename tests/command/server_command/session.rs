//! The recorded session of Toxiproxy's server with its flags, replayed under its name.

use super::text;
use crate::renamed::Renamed;

/// A command of the recorded session, and Toxiproxy's output.
#[derive(Default)]
struct Exchange {
    args: Vec<String>,
    output: Vec<String>,
    errors: Vec<String>,
    code: i32,
}

fn transcript() -> Vec<Exchange> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    for line in include_str!("../../../testdata/cli/server-flags.txt").lines() {
        let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
        if mark == "$" {
            let args = rest.split(' ').skip(1).map(str::to_owned).collect();
            exchanges.push(Exchange {
                args,
                ..Exchange::default()
            });
        }
        let Some(exchange) = exchanges.last_mut() else {
            continue;
        };
        match mark {
            "|" => exchange.output.push(rest.to_owned()),
            "!" => exchange.errors.push(rest.to_owned()),
            "=" => exchange.code = rest.parse().unwrap(),
            _ => {}
        }
    }
    exchanges
}

/// The lines without those of flags that Toxiproxy does not have, and without the random seed.
fn comparable(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut ours = false;
    for line in text.lines() {
        if let Some(flag) = line.strip_prefix("  -") {
            let own = [
                "strict",
                "allow-host",
                "max-",
                "link-buffer",
                "total-buffer",
                "drain",
            ];
            ours = own.iter().any(|name| flag.starts_with(name));
        }
        if ours {
            continue;
        }
        match line.split_once("toxics with (default ") {
            Some((start, number)) => {
                let number = number.strip_suffix(')').unwrap();
                assert!(
                    number == "{seed}" || number.parse::<i64>().is_ok(),
                    "{line}"
                );
                lines.push(start.to_owned());
            }
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

#[test]
fn the_recorded_session_holds() {
    let server = Renamed::new("toxiproxy-server");
    let exchanges = transcript();
    assert_eq!(exchanges.len(), 8);
    let path = server.path().display().to_string();
    for exchange in exchanges {
        let args: Vec<&str> = exchange.args.iter().map(String::as_str).collect();
        let seen = server.run(&args);
        let errors = text(&seen.stderr).replace(&path, "toxiproxy-server");
        assert_eq!(
            text(&seen.stdout).lines().collect::<Vec<_>>(),
            exchange.output,
            "{args:?}"
        );
        assert_eq!(
            comparable(&errors),
            comparable(&exchange.errors.join("\n")),
            "{args:?}"
        );
        assert_eq!(seen.status.code(), Some(exchange.code), "{args:?}");
    }
}
