//! Paths of the API as each dialect writes them.

use percent_encoding::{AsciiSet, utf8_percent_encode};

use crate::args::client::Dialect;
use crate::wire::uri;

/// Characters that Go does not escape in a path. Toxiproxy's client does not escape names, so a slash
/// in one separates segments.
const GO_NAME: &AsciiSet = &uri::GO_SEGMENT
    .remove(b'/')
    .remove(b'!')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*');

/// A path: `/proxies/{name}/…`. Every name has a path, also `a/b` and `..`. Called as
/// `toxiproxy-cli`, a slash separates segments, and a percent sign that does not begin an escape is
/// an error, as in Toxiproxy's client.
pub(crate) fn path(dialect: Dialect, parts: &[&str]) -> String {
    let segment = |part: &&str| match dialect {
        Dialect::Aconite => format!("/{}", uri::segment(part)),
        Dialect::Toxiproxy if uri::has_complete_escapes(part) => {
            format!("/{}", utf8_percent_encode(part, GO_NAME))
        }
        Dialect::Toxiproxy => format!("/{part}"),
    };
    parts.iter().map(segment).collect()
}

/// A query: `?key=value&…`, or nothing if there are no parameters.
pub(crate) fn query(parameters: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (key, value) in parameters {
        text.push(if text.is_empty() { '?' } else { '&' });
        text.push_str(&format!(
            "{key}={}",
            utf8_percent_encode(value, uri::SEGMENT)
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_path() {
        for (name, expected) in [
            ("a ?#%é", "/proxies/a%20%3F%23%25%C3%A9"),
            ("a/b", "/proxies/a%2Fb"),
            (".", "/proxies/%2E"),
            ("..", "/proxies/%2E%2E"),
            ("...", "/proxies/..."),
            ("a.b", "/proxies/a.b"),
        ] {
            assert_eq!(path(Dialect::Aconite, &["proxies", name]), expected);
        }
    }

    #[test]
    fn toxiproxy_cli_does_not_escape_slashes_in_names() {
        for (name, expected) in [
            ("a/b", "/proxies/a/b"),
            ("..", "/proxies/.."),
            ("a b+c", "/proxies/a%20b+c"),
            ("%zz é", "/proxies/%zz é"),
        ] {
            assert_eq!(path(Dialect::Toxiproxy, &["proxies", name]), expected);
        }
    }

    #[test]
    fn values_of_a_query_are_escaped() {
        assert_eq!(query(&[]), "");
        assert_eq!(
            query(&[("proxy", "a&b"), ("after", "1")]),
            "?proxy=a%26b&after=1"
        );
    }
}
