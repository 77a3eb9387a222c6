//! The heads of messages, as rules see them.

/// A header field: its name as sent, compared without regard to case, and its value without the white
/// space around it.
pub type Field<'a> = httparse::Header<'a>;

/// The head of a request.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// The method as sent.
    pub method: &'a str,
    /// The host that the request names, with its port if it names one: from `Host` or `:authority`,
    /// or from a target in absolute form. Empty if it names none.
    pub host: &'a str,
    /// The path as sent, without the query. `*` and the authority of a `CONNECT` count as paths.
    pub path: &'a str,
    /// The query as sent, without the `?`.
    pub query: Option<&'a str>,
    /// The fields in the order in which they were sent. For HTTP/2, without pseudo-header fields.
    pub fields: &'a [Field<'a>],
}

/// The head of a final answer.
#[derive(Clone, Copy, Debug)]
pub struct ResponseHead<'a> {
    /// The status code.
    pub status: u16,
    /// The fields in the order in which they were sent. For HTTP/2, without pseudo-header fields.
    pub fields: &'a [Field<'a>],
}

impl<'a> RequestHead<'a> {
    /// The value of the first field with this name.
    pub fn field(&self, name: &str) -> Option<&'a [u8]> {
        field(self.fields, name)
    }
}

impl<'a> ResponseHead<'a> {
    /// The value of the first field with this name.
    pub fn field(&self, name: &str) -> Option<&'a [u8]> {
        field(self.fields, name)
    }
}

fn field<'a>(fields: &[Field<'a>], name: &str) -> Option<&'a [u8]> {
    let mut fields = fields.iter();
    let found = fields.find(|field| field.name.eq_ignore_ascii_case(name));
    found.map(|field| field.value)
}
