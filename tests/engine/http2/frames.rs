//! Frames as the peers write and read them.

use aconite::engine::sim::Out;
use aconite::protocol::http2::PREFACE;
pub use aconite::protocol::http2::frame::frame;
use aconite::protocol::http2::frame::{FrameHead, HEAD, flag, headers, kind};
use aconite::protocol::http2::hpack::{Decoder, Field};

pub fn settings(values: &[(u16, u32)]) -> Vec<u8> {
    let mut payload = Vec::new();
    for (id, value) in values {
        payload.extend(id.to_be_bytes());
        payload.extend(value.to_be_bytes());
    }
    frame(kind::SETTINGS, 0, 0, &payload)
}

pub fn data(stream: u32, payload: &[u8], ends: bool) -> Vec<u8> {
    frame(kind::DATA, u8::from(ends), stream, payload)
}

pub fn window_update(stream: u32, by: u32) -> Vec<u8> {
    frame(kind::WINDOW_UPDATE, 0, stream, &by.to_be_bytes())
}

/// A header block as the peers write it here: every field is entered into the dynamic table, or
/// named by its place there if it is the newest one.
pub fn block(stream: u32, ends: bool, fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        if *name == "newest" {
            block.push(0xbe);
            continue;
        }
        block.push(0x40);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend_from_slice(text.as_bytes());
        }
    }
    let head = FrameHead {
        length: 0,
        kind: kind::HEADERS,
        flags: u8::from(ends),
        stream,
    };
    headers(head, &[], &block)
}

/// A request without a body.
pub fn get(stream: u32, path: &str) -> Vec<u8> {
    block(stream, true, &[(":method", "GET"), (":path", path)])
}

/// The head of a request with a body.
pub fn post(stream: u32, path: &str) -> Vec<u8> {
    block(stream, false, &[(":method", "POST"), (":path", path)])
}

/// The head of an answer with a body.
pub fn ok(stream: u32) -> Vec<u8> {
    block(stream, false, &[(":status", "200")])
}

fn text(fields: &[Field]) -> String {
    let fields = fields.iter().map(|field| {
        let (name, value) = (&field.name, &field.value);
        format!(
            " {}={}",
            String::from_utf8_lossy(name),
            String::from_utf8_lossy(value)
        )
    });
    fields.collect()
}

/// Reads frames, as their receiver does.
pub fn read(outs: &[Out]) -> String {
    let (mut bytes, mut end) = (Vec::new(), String::new());
    for out in outs {
        match out {
            Out::Data(data) => bytes.extend_from_slice(data),
            Out::End(ending) => end = format!("{ending:?}\n"),
        }
    }
    if bytes.starts_with(PREFACE) {
        bytes.drain(..PREFACE.len());
    }
    let (mut lines, mut decoder, mut rest) = (String::new(), Decoder::default(), &bytes[..]);
    while let Some(head) = FrameHead::read(rest) {
        let Some(payload) = rest.get(HEAD..HEAD + head.length) else {
            break;
        };
        rest = &rest[HEAD + head.length..];
        let number = || u32::from_be_bytes(payload[payload.len() - 4..].try_into().unwrap());
        let ends = if head.has(flag::END_STREAM) {
            " end"
        } else {
            ""
        };
        let stream = head.stream;
        lines += &match head.kind {
            kind::DATA if payload.len() > 40 => format!("DATA {stream}{ends} {}*\n", payload.len()),
            kind::DATA => format!("DATA {stream}{ends} {}\n", payload.escape_ascii()),
            kind::HEADERS => {
                assert!(head.has(flag::END_HEADERS));
                let fields = decoder.decode(payload).expect("a header block");
                format!("HEADERS {stream}{ends}{}\n", text(&fields))
            }
            kind::RST_STREAM => format!("RST_STREAM {stream} {}\n", number()),
            kind::WINDOW_UPDATE => format!("WINDOW_UPDATE {stream} {}\n", number()),
            kind::GOAWAY => format!("GOAWAY {}\n", number()),
            kind::SETTINGS => "SETTINGS\n".to_owned(),
            other => format!("{other} {stream} {}\n", payload.escape_ascii()),
        };
    }
    if !rest.is_empty() {
        lines += &format!("and {} bytes\n", rest.len());
    }
    lines + &end
}
