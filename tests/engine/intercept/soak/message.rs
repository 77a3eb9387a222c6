//! A parser of whole messages that shares nothing with the crate's: the heads are read by `httparse`.

use std::fmt;

/// A message.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The bytes of its head and of the whole.
    pub head: usize,
    pub len: usize,
    /// The status of an answer.
    pub status: u16,
    /// Names in lower case.
    pub fields: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub trailers: Vec<String>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        let (len, body): (_, String) = (body.len(), body.chars().take(100).collect());
        let (status, fields, trailers) = (self.status, &self.fields, &self.trailers);
        write!(f, "{status} {fields:?} {body:?} ({len}) {trailers:?}")
    }
}

impl Message {
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn number(&self) -> Option<usize> {
        self.field("x-n").map(|number| number.parse().unwrap())
    }

    pub fn closes(&self) -> bool {
        self.field("connection") == Some("close")
    }

    /// The numbers of the rules that have set a field with this start of its name.
    pub fn tags(&self, start: &str) -> Vec<u64> {
        let names = self
            .fields
            .iter()
            .filter_map(|(name, _)| name.strip_prefix(start));
        names.map(|tag| tag.parse().unwrap()).collect()
    }
}

fn fields(headers: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let headers = headers.iter();
    headers
        .map(|one| (one.name.to_ascii_lowercase(), text(one.value)))
        .collect()
}

/// The request at the start of the bytes: only its head, and whole if it is.
pub fn request(bytes: &[u8]) -> Option<(Message, bool)> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut request = httparse::Request::new(&mut headers);
    let head = match request.parse(bytes).expect("a request") {
        httparse::Status::Complete(head) => head,
        httparse::Status::Partial => return None,
    };
    let mut message = Message {
        head,
        fields: fields(request.headers),
        ..Message::default()
    };
    let is_whole = message.read_body(&bytes[head..], Some(0)).is_some();
    Some((message, is_whole))
}

/// The answer to a request with this method at the start of the bytes, if it is whole. `ended`: no byte
/// follows these.
pub fn answer(bytes: &[u8], method: &str, ended: bool) -> Option<Message> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response.parse(bytes).expect("an answer") {
        httparse::Status::Complete(head) => head,
        httparse::Status::Partial => return None,
    };
    let status = response.code.unwrap();
    let mut message = Message {
        head,
        status,
        fields: fields(response.headers),
        ..Message::default()
    };
    if method == "HEAD" || status < 200 || matches!(status, 204 | 304) {
        message.len = head;
        return Some(message);
    }
    let rest = &bytes[head..];
    message.read_body(rest, ended.then_some(rest.len()))?;
    Some(message)
}

impl Message {
    /// Reads the body, which has `otherwise` bytes if the fields do not say where it ends.
    fn read_body(&mut self, bytes: &[u8], otherwise: Option<usize>) -> Option<()> {
        let chunked = self.field("transfer-encoding") == Some("chunked");
        let length = self
            .field("content-length")
            .map(|text| text.parse().unwrap());
        assert!(!(chunked && length.is_some()), "{self:?} has two lengths");
        let len = match chunked {
            true => self.read_chunks(bytes)?,
            false => {
                let len = length.or(otherwise)?;
                self.body = bytes.get(..len)?.to_vec();
                len
            }
        };
        self.len = self.head + len;
        Some(())
    }

    fn read_chunks(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            let size = httparse::parse_chunk_size(&bytes[at..]).expect("a chunk");
            let httparse::Status::Complete((line, size)) = size else {
                return None;
            };
            at += line;
            if size == 0 {
                break;
            }
            let end = at + size as usize;
            self.body.extend(bytes.get(at..end)?);
            let line_end = bytes.get(end..end + 2)?;
            assert_eq!(line_end, b"\r\n", "behind a chunk");
            at = end + 2;
        }
        loop {
            let rest = &bytes[at..];
            let len = rest.windows(2).position(|two| two == b"\r\n")?;
            at += len + 2;
            if len == 0 {
                return Some(at);
            }
            self.trailers
                .push(String::from_utf8(rest[..len].to_vec()).unwrap());
        }
    }
}
