//! All that is wrong with a toxic or an address, for people who want to know before they try.

use super::limits;
use super::toxic::{DIRECTIONS, is_share, read_stream};
use super::view::NewToxic;
use crate::engine::Direction;
use crate::nearest::nearest;
use crate::net::HostPort;
use crate::toxics::{self, Given, KINDS, Kind};

/// Why a config file cannot name a session.
pub const NO_SESSION: &str = "there are no sessions yet when the file is read; leave it out";

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The field, for example `type` or `attributes.latency`; empty: the thing as a whole.
    pub field: String,
    /// What is wrong and what would be right.
    pub problem: String,
    /// Whether it would be refused; otherwise it is only not what was meant.
    pub fatal: bool,
}

impl Finding {
    fn fatal(field: &str, problem: String) -> Self {
        Finding {
            field: field.to_owned(),
            problem,
            fatal: true,
        }
    }

    fn odd(field: &str, problem: String) -> Self {
        Finding {
            fatal: false,
            ..Finding::fatal(field, problem)
        }
    }
}

/// What a field's unknown name may have been meant to be, as the end of a sentence.
pub fn suggestion<'a>(written: &str, names: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(written, names.clone()) {
        Some(name) => format!("did you mean {name:?}?"),
        None => {
            let names: Vec<&str> = names.into_iter().collect();
            format!("use one of {}", names.join(", "))
        }
    }
}

/// Everything that is wrong with a toxic.
pub fn check_toxic(new: &NewToxic) -> Vec<Finding> {
    let mut findings: Vec<Finding> = new
        .name
        .as_deref()
        .and_then(check_name)
        .into_iter()
        .collect();
    if let Some(stream) = &new.stream
        && read_stream(stream).is_err()
    {
        let hint = suggestion(stream, DIRECTIONS.map(Direction::name));
        let problem = format!("{stream:?} is no stream; {hint}");
        findings.push(Finding::fatal("stream", problem));
    }
    if let Some(toxicity) = new.toxicity.filter(|toxicity| !is_share(*toxicity)) {
        let problem =
            format!("{toxicity} acts like the nearest of 0 and 1; give a share from 0 to 1");
        findings.push(Finding::odd("toxicity", problem));
    }
    if new.extras.session.is_some() {
        findings.push(Finding::fatal("session", NO_SESSION.to_owned()));
    }
    let bounds = new.extras.check_new().and(new.extras.schedule());
    if let Err(error) = bounds {
        let problem = error.to_string();
        let problem = problem.strip_prefix("bad request body: ");
        findings.extend(problem.map(|problem| Finding::fatal("", problem.to_owned())));
    }
    match toxics::find(&new.kind) {
        Some(kind) => check_attributes(kind, &new.attributes, &mut findings),
        None => {
            let hint = suggestion(&new.kind, KINDS.iter().map(|kind| kind.name));
            let problem = match new.kind.as_str() {
                "" => format!("it is missing; {hint}"),
                kind => format!("{kind:?} is no type of toxic; {hint}"),
            };
            findings.push(Finding::fatal("type", problem));
        }
    }
    findings
}

fn check_attributes(kind: &'static Kind, given: &[Given], findings: &mut Vec<Finding>) {
    let names = kind.attributes.iter().map(|attribute| attribute.name);
    let mut readable = Vec::new();
    let known = findings.len();
    for one in given {
        let field = format!("attributes.{}", one.name);
        if !names.clone().any(|name| name == one.name) {
            let hint = match kind.attributes {
                [] => format!("{} takes none", kind.name),
                _ => suggestion(&one.name, names.clone()),
            };
            let problem = format!("{} has no such attribute, it is ignored; {hint}", kind.name);
            findings.push(Finding::odd(&field, problem));
        } else if let Err(error) = kind.read_given(one) {
            findings.push(Finding::fatal(&field, error.to_string()));
        } else {
            readable.push(one.clone());
        }
    }
    if findings.iter().skip(known).any(|finding| finding.fatal) {
        return;
    }
    let values = kind.read(&readable);
    let built = values.and_then(|values| kind.build(&values).map(|_| values));
    match built {
        Ok(values) => findings.extend(kind.oddities(&values).iter().map(|oddity| {
            Finding::odd(
                "attributes",
                format!("{oddity}; it acts like the nearest end"),
            )
        })),
        Err(error) => findings.push(Finding::fatal("attributes", error.to_string())),
    }
}

/// What is wrong with the name of a proxy or a toxic.
pub fn check_name(text: &str) -> Option<Finding> {
    let error = limits::admit_name(text).err()?;
    Some(Finding::fatal("name", error.to_string()))
}

/// What is wrong with an address to listen on.
pub fn check_listen(text: &str) -> Option<Finding> {
    if let Err(error) = limits::admit_address("listen", text) {
        return Some(Finding::fatal("listen", error.to_string()));
    }
    let error = HostPort::parse(text).err()?;
    let problem = format!("{error}; give HOST:PORT, :PORT or HOST:0");
    Some(Finding::fatal("listen", problem))
}

/// What is wrong with an address to listen on beside an API on this host and port. As far as the
/// texts show: whoever binds them knows better, and the server may be given another port.
pub fn check_api_port(text: &str, (host, port): (&str, &str)) -> Option<Finding> {
    let listen = HostPort::parse(text).ok()?;
    let api = HostPort::parse(&format!(":{port}")).ok()?;
    let is_any = |host: &str| matches!(host, "" | "0.0.0.0" | "::");
    let is_loopback = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "::1");
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let meets = listen.host.eq_ignore_ascii_case(host)
        || is_any(&listen.host)
        || is_any(host)
        || (is_loopback(&listen.host) && is_loopback(host));
    if listen.port == 0 || listen.port != api.port || !meets {
        return None;
    }
    let problem = format!(
        "port {} is the API's; give the proxy another, or the server another -port",
        listen.port
    );
    Some(Finding::odd("listen", problem))
}

/// What is wrong with an address to connect to. It is taken all the same, as in the reference.
pub fn check_upstream(text: &str) -> Option<Finding> {
    if let Err(error) = limits::admit_address("upstream", text) {
        return Some(Finding::fatal("upstream", error.to_string()));
    }
    let error = HostPort::parse(text).err()?;
    let problem = format!("{error}; every connection will fail, give HOST:PORT");
    Some(Finding::odd("upstream", problem))
}
