//! The heads of requests and answers in header blocks.

use super::hpack::Field;
use crate::protocol::http;

/// Fields that belong to one connection of HTTP/1.1 and must not be in HTTP/2 (RFC 9113, section
/// 8.2.2).
const OF_CONNECTION: [&str; 5] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

/// The value of the first field with this name.
pub fn value<'a>(fields: &'a [Field], name: &str) -> Option<&'a str> {
    let field = fields.iter().find(|field| field.name == name.as_bytes());
    std::str::from_utf8(&field?.value).ok()
}

/// The fields without pseudo-header fields. `None`: a name is no text.
pub fn plain(fields: &[Field]) -> Option<Vec<http::Field<'_>>> {
    let plain = fields.iter().filter(|field| !field.name.starts_with(b":"));
    let plain = plain.map(|field| {
        Some(http::Field {
            name: std::str::from_utf8(&field.name).ok()?,
            value: &field.value,
        })
    });
    plain.collect()
}

/// Calls `with` with the head of a request. `None`: the block is none.
pub fn request<T>(fields: &[Field], with: impl FnOnce(&http::RequestHead<'_>) -> T) -> Option<T> {
    let method = value(fields, ":method")?;
    let host = value(fields, ":authority").or_else(|| value(fields, "host"));
    let host = host.unwrap_or_default();
    // CONNECT has no path (RFC 9113, section 8.5).
    let target = value(fields, ":path").unwrap_or(host);
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    Some(with(&http::RequestHead {
        method,
        host,
        path,
        query,
        fields: &plain(fields)?,
    }))
}

/// Whether a request asks for gRPC.
pub fn is_grpc(fields: &[Field]) -> bool {
    value(fields, "content-type").is_some_and(|text| text.starts_with("application/grpc"))
}

/// The status of an answer; `None` for trailers.
pub fn status(fields: &[Field]) -> Option<u16> {
    value(fields, ":status")?.parse().ok()
}

/// Writes another status.
pub fn set_status(fields: &mut [Field], status: u16) {
    let field = fields.iter_mut().find(|field| field.name == b":status");
    if let Some(field) = field {
        field.value = status.to_string().into_bytes();
    }
}

/// Sets and removes fields. `Host` becomes `:authority`, which takes its place in HTTP/2.
pub fn edit(fields: &mut Vec<Field>, edits: &[(String, Option<String>)]) {
    for (name, new) in edits {
        let name = name.to_ascii_lowercase();
        if OF_CONNECTION.contains(&name.as_str()) || name.starts_with(':') {
            continue;
        }
        match (name.as_str(), new) {
            ("host", Some(host)) => {
                set(fields, ":authority", host);
                fields.retain(|field| field.name != b"host");
            }
            (_, Some(value)) => set(fields, &name, value),
            (_, None) => fields.retain(|field| field.name != name.as_bytes()),
        }
    }
}

/// Gives a field its only value, in the place of the first one with its name.
pub fn set(fields: &mut Vec<Field>, name: &str, value: &str) {
    let place = fields
        .iter()
        .position(|field| field.name == name.as_bytes());
    let place = place.unwrap_or_else(|| match name.starts_with(':') {
        true => 0,
        false => fields.len(),
    });
    fields.retain(|field| field.name != name.as_bytes());
    fields.insert(place.min(fields.len()), Field::new(name, value));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(of: &[(&str, &str)]) -> Vec<Field> {
        of.iter()
            .map(|(name, value)| Field::new(*name, *value))
            .collect()
    }

    #[test]
    fn a_request_is_what_its_pseudo_fields_say() {
        let fields = fields(&[
            (":method", "GET"),
            (":authority", "api:8080"),
            (":path", "/a?b=c?d"),
            ("x-a", "1"),
        ]);
        let seen = request(&fields, |head| {
            assert_eq!(head.field("X-A"), Some(&b"1"[..]));
            assert_eq!(head.fields.len(), 1);
            (
                head.host == "api:8080",
                head.path == "/a",
                head.query == Some("b=c?d"),
            )
        });
        assert_eq!(seen, Some((true, true, true)));
        assert_eq!(request(&fields[1..], |_| ()), None);
    }

    #[test]
    fn edits_keep_pseudo_fields_first_and_drop_fields_of_a_connection() {
        let mut fields = fields(&[(":method", "GET"), ("host", "old"), ("a", "1"), ("a", "2")]);
        let edits = [
            ("Host", Some("new")),
            ("A", Some("3")),
            ("Connection", Some("close")),
            ("X-New", Some("4")),
            ("gone", None),
        ];
        let edits = edits.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
        edit(&mut fields, &edits);
        let lines = fields.iter().map(|field| {
            let text = [&field.name[..], b"=", &field.value].concat();
            String::from_utf8(text).unwrap()
        });
        let lines: Vec<String> = lines.collect();
        assert_eq!(lines.join(" "), ":authority=new :method=GET a=3 x-new=4");
    }
}
