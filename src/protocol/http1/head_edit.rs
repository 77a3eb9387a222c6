//! Changes single lines of a head and leaves every other byte as it was.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};

use super::reason::reason;

/// Changes of a head. Every byte that they do not name stays as it was: the case of names, their order,
/// white space, the ends of lines.
///
/// Names are compared without regard to case. Of several changes of one name the last counts. Names and
/// values must not have a carriage return, a line feed or a NUL in them: they are checked where they
/// are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeadEdit<'a> {
    status: Option<u16>,
    /// `None` removes the field.
    fields: Vec<(Cow<'a, str>, Option<Cow<'a, str>>)>,
}

impl<'a> HeadEdit<'a> {
    /// No changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces the status and the reason phrase of an answer.
    pub fn status(&mut self, status: u16) -> &mut Self {
        self.status = Some(status);
        self
    }

    /// Gives a field its only value. The first one keeps its place and the spelling of its name; further
    /// ones are removed; a new one comes last.
    pub fn set(
        &mut self,
        name: impl Into<Cow<'a, str>>,
        value: impl Into<Cow<'a, str>>,
    ) -> &mut Self {
        self.fields.push((name.into(), Some(value.into())));
        self
    }

    /// Removes all fields with this name.
    pub fn remove(&mut self, name: impl Into<Cow<'a, str>>) -> &mut Self {
        self.fields.push((name.into(), None));
        self
    }

    /// Sets each field that has a value and removes each that has none.
    pub fn fields(&mut self, fields: &'a [(String, Option<String>)]) -> &mut Self {
        for (name, value) in fields {
            let value = value.as_deref().map(Cow::Borrowed);
            self.fields.push((Cow::Borrowed(name), value));
        }
        self
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.status.is_none() && self.fields.is_empty()
    }

    /// The head with the changes. It must be a complete one, as [`request_head`] or [`response_head`]
    /// accepts it, without what follows it.
    ///
    /// [`request_head`]: super::request_head
    /// [`response_head`]: super::response_head
    pub fn apply(&self, head: &Bytes) -> Bytes {
        if self.is_empty() {
            return head.clone();
        }
        let mut writer = Writer {
            out: BytesMut::with_capacity(head.len() + 64),
            seen: vec![false; self.fields.len()],
            edit: self,
        };
        let mut in_fields = false;
        for line in head.split_inclusive(|byte| *byte == b'\n') {
            let (text, end) = split_end(line);
            match (in_fields, text.is_empty()) {
                // Empty lines may come before a request.
                (false, true) => writer.out.extend_from_slice(line),
                (false, false) => {
                    writer.first_line(text, end);
                    in_fields = true;
                }
                (true, false) => writer.field(line, text, end),
                (true, true) => {
                    writer.new_fields(end);
                    writer.out.extend_from_slice(line);
                }
            }
        }
        writer.out.freeze()
    }
}

struct Writer<'e> {
    out: BytesMut,
    /// Which changes have been made.
    seen: Vec<bool>,
    edit: &'e HeadEdit<'e>,
}

impl Writer<'_> {
    fn first_line(&mut self, text: &[u8], end: &[u8]) {
        let version = text.split(|byte| *byte == b' ').next().unwrap_or_default();
        match self.edit.status {
            None => self.out.extend_from_slice(text),
            Some(status) => {
                self.out.extend_from_slice(version);
                let rest = format!(" {status} {}", reason(status));
                self.out.extend_from_slice(rest.as_bytes());
            }
        }
        self.out.extend_from_slice(end);
    }

    fn field(&mut self, line: &[u8], text: &[u8], end: &[u8]) {
        let colon = text.iter().position(|byte| *byte == b':');
        let (name, value) = text.split_at(colon.unwrap_or(text.len()));
        let mut changes = self.edit.fields.iter();
        let index = changes.rposition(|(changed, _)| changed.as_bytes().eq_ignore_ascii_case(name));
        let Some(index) = index else {
            return self.out.extend_from_slice(line);
        };
        let new = self
            .edit
            .fields
            .get(index)
            .and_then(|(_, new)| new.as_ref());
        let seen = self
            .seen
            .get_mut(index)
            .map(|seen| std::mem::replace(seen, true));
        let (Some(new), Some(false)) = (new, seen) else {
            return;
        };
        // The colon and the white space behind it stay.
        let space = |byte: &&u8| matches!(byte, b':' | b' ' | b'\t');
        let before = value.iter().take_while(space).count();
        self.out.extend_from_slice(name);
        self.out
            .extend_from_slice(value.get(..before).unwrap_or_default());
        self.out.extend_from_slice(new.as_bytes());
        self.out.extend_from_slice(end);
    }

    /// Writes the fields that the head did not have.
    fn new_fields(&mut self, end: &[u8]) {
        let fields = &self.edit.fields;
        for (index, (name, new)) in fields.iter().enumerate() {
            let later = fields.iter().skip(index + 1);
            let overridden = || {
                later
                    .clone()
                    .any(|(later, _)| later.eq_ignore_ascii_case(name))
            };
            let seen = self.seen.get(index) == Some(&true);
            if let (Some(new), false) = (new, seen || overridden()) {
                for part in [name.as_bytes(), b": ", new.as_bytes(), end] {
                    self.out.extend_from_slice(part);
                }
            }
        }
    }
}

/// A line without its end, and its end.
fn split_end(line: &[u8]) -> (&[u8], &[u8]) {
    let end = match line {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n'] => 1,
        _ => 0,
    };
    line.split_at(line.len() - end)
}
