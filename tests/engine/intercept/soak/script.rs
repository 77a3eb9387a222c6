//! What the client asks, and what the upstream answers to it.

use super::Dice;

/// The last part of the path says how the upstream answers.
pub const SHAPES: &[&str] = &[
    "length", "length", "chunked", "chunked", "trailers", "204", "304", "events", "events",
    "empty", "big",
];

/// A request of the client.
#[derive(Clone, Debug)]
pub struct Request {
    pub number: usize,
    pub method: &'static str,
    /// The first part of its path, which rules match.
    pub class: char,
    pub shape: &'static str,
    pub bytes: Vec<u8>,
    /// The bytes that the client sends before it waits for a 100: the head, if it waits.
    pub first: usize,
    /// The last of its connection.
    pub closes: bool,
    /// The upstream answers without waiting for the body.
    pub early: bool,
}

impl Request {
    pub fn expects(&self) -> bool {
        self.first < self.bytes.len()
    }
}

/// What the client asks on one connection.
pub fn requests(dice: &mut Dice) -> Vec<Request> {
    let count = dice.between(1, 14) as usize;
    let closes = dice.one_in(3);
    (0..count)
        .map(|number| request(dice, number, closes && number + 1 == count))
        .collect()
}

fn request(dice: &mut Dice, number: usize, closes: bool) -> Request {
    let class = *dice.pick(&['a', 'b', 'c']);
    let mut shape = *dice.pick(SHAPES);
    if closes && dice.one_in(2) {
        shape = "endless";
    }
    let kind = dice.below(8);
    let method = *["GET", "GET", "HEAD", "GET", "POST", "POST", "POST", "PUT"]
        .get(kind as usize)
        .unwrap();
    let mut bytes =
        format!("{method} /{class}/{shape} HTTP/1.1\r\nhOST: a.example\r\nX-N:  {number} \r\n");
    if closes {
        bytes += "Connection: close\r\n";
    }
    let content = filler(number, dice.pick(&[0, 1, 20, 300]).to_owned());
    let expects = kind == 6;
    match kind {
        4 | 6 => bytes += &format!("Content-Length: {}\r\n", content.len()),
        5 | 7 => bytes += "Transfer-Encoding: chunked\r\n",
        _ => {}
    }
    let expects = expects && !content.is_empty();
    if expects {
        bytes += "Expect: 100-continue\r\n";
    }
    bytes += "\r\n";
    let first = bytes.len();
    match kind {
        4 | 6 => bytes += &content,
        5 => bytes += &chunked(dice, &content, "0\r\n\r\n"),
        7 => bytes += &chunked(dice, &content, "0\r\nX-Sum: 1\r\n\r\n"),
        _ => {}
    }
    Request {
        number,
        method,
        class,
        shape,
        first: if expects { first } else { bytes.len() },
        bytes: bytes.into_bytes(),
        closes,
        early: kind > 3 && !expects && dice.one_in(3),
    }
}

fn filler(number: usize, len: usize) -> String {
    let line = format!("{number}: all of this\n");
    line.repeat(len / line.len() + 1)[..len].to_owned()
}

fn chunked(dice: &mut Dice, content: &str, last: &str) -> String {
    let mut bytes = String::new();
    let mut rest = content;
    while !rest.is_empty() {
        let size = (1 + dice.up_to_one_of(&[0, 9, 9999]) as usize).min(rest.len());
        let (part, later) = rest.split_at(size);
        bytes += &format!("{size:X}\r\n{part}\r\n");
        rest = later;
    }
    bytes + last
}

/// What the upstream answers, and the content that the client is to get.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub bytes: Vec<u8>,
    pub content: String,
    pub trailers: Vec<String>,
}

/// Depends on the request alone.
pub fn reply(request: &Request) -> Reply {
    let mut dice = Dice::new(request.number as u64);
    let number = request.number;
    let len = dice.pick(&[1, 2, 50, 900]).to_owned();
    let content = match request.shape {
        "204" | "304" | "empty" => String::new(),
        "events" => {
            let end = *dice.pick(&["\n", "\r\n", "\r"]);
            let events = 0..dice.between(0, 6);
            events
                .map(|event| format!("data: {number}.{event}{end}{end}"))
                .collect()
        }
        "big" => filler(number, 60_000),
        _ => filler(number, len),
    };
    let status = match request.shape {
        "204" => 204,
        "304" => 304,
        _ => 200,
    };
    let mut head = format!("HTTP/1.1 {status} Fine\r\nx-n: {number}\r\nX-Drop: 1\r\n");
    let mut trailers = Vec::new();
    let body = match request.shape {
        "204" | "endless" => content.clone(),
        "304" => {
            head += "Content-Length: 77\r\n";
            String::new()
        }
        "chunked" | "events" | "trailers" => {
            head += "Transfer-Encoding: chunked\r\n";
            if request.shape == "events" {
                head += "Content-Type: text/event-stream\r\n";
            }
            if request.shape == "trailers" {
                trailers.push("X-Sum: 2".to_owned());
            }
            let trailers: String = trailers.iter().map(|one| format!("{one}\r\n")).collect();
            chunked(&mut dice, &content, &format!("0\r\n{trailers}\r\n"))
        }
        _ => {
            head += &format!("Content-Length: {}\r\n", content.len());
            content.clone()
        }
    };
    if request.closes {
        head += "Connection: close\r\n";
    }
    let is_head = request.method == "HEAD";
    Reply {
        status,
        bytes: format!("{head}\r\n{}", if is_head { "" } else { &body }).into_bytes(),
        content: if is_head { String::new() } else { content },
        trailers: if is_head { Vec::new() } else { trailers },
    }
}
