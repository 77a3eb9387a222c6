//! All that is wrong with a toxic or an address, for people who want to know before they try.

use super::doubt;
use super::finding::Finding;
use super::limits;
use super::toxic::{DIRECTIONS, is_share, read_stream};
use super::view::NewToxic;
use crate::engine::Direction;
use crate::net::HostPort;
use crate::toxics::{self, AttributeError, Given, KINDS, Kind};
use crate::util::suggest::nearest;

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
        let problem = format!("{stream:?} is no stream");
        findings.push(Finding::fatal("stream", problem).with_remedy(hint));
    }
    findings.extend(odd_toxicity(new.toxicity));
    if let Err(error) = new.extras.check_new().and(new.extras.schedule()) {
        findings.push(Finding::of_error(&error));
    }
    match toxics::find(&new.kind) {
        Some(kind) => check_attributes(kind, &new.attributes, &mut findings),
        None => {
            let hint = suggestion(&new.kind, KINDS.iter().map(|kind| kind.name));
            let problem = match new.kind.as_str() {
                "" => "it is missing".to_owned(),
                kind => format!("{kind:?} is no type of toxic"),
            };
            findings.push(Finding::fatal("type", problem).with_remedy(hint));
        }
    }
    findings
}

/// A toxicity that makes no sense.
pub(super) fn odd_toxicity(toxicity: Option<f32>) -> Option<Finding> {
    let toxicity = toxicity.filter(|toxicity| !is_share(*toxicity))?;
    let problem = format!("{toxicity} acts like the nearest of 0 and 1");
    Some(Finding::odd("toxicity", problem).with_remedy("give a share from 0 to 1"))
}

/// A value of one attribute that makes no sense.
pub(super) fn odd_attribute(kind: &'static Kind, name: &str, value: i64) -> Option<Finding> {
    let attribute = kind.attributes.iter().find(|one| one.name == name)?;
    let oddity = kind.oddity(attribute, value)?;
    Some(odd_values(&oddity))
}

fn odd_values(oddity: &AttributeError) -> Finding {
    let problem = format!("{oddity}; it acts like the nearest end");
    Finding::odd("attributes", problem)
}

fn check_attributes(kind: &'static Kind, given: &[Given], findings: &mut Vec<Finding>) {
    let mut readable = Vec::new();
    let known = findings.len();
    for one in given {
        let field = format!("attributes.{}", one.name);
        if let Some(finding) = doubt::unknown_attribute(kind, one) {
            findings.push(finding);
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
        Ok(values) => findings.extend(kind.warnings(&values).iter().map(odd_values)),
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
    let remedy = "give HOST:PORT, :PORT or HOST:0";
    Some(Finding::fatal("listen", error.to_string()).with_remedy(remedy))
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
    let problem = format!("port {} is the API's", listen.port);
    let remedy = "give the proxy another, or the server another -port";
    Some(Finding::odd("listen", problem).with_remedy(remedy))
}

/// What is wrong with an address to connect to. It is taken all the same, as in the reference.
pub fn check_upstream(text: &str) -> Option<Finding> {
    if let Err(error) = limits::admit_address("upstream", text) {
        return Some(Finding::fatal("upstream", error.to_string()));
    }
    let give = |remedy: &str| remedy.to_owned();
    let (problem, remedy) = match HostPort::parse(text) {
        Err(error) => match text.split_once("://") {
            Some((scheme, _)) => (
                error.to_string(),
                format!("give HOST:PORT without {scheme}://"),
            ),
            None => (
                error.to_string(),
                give("every connection will fail, give HOST:PORT"),
            ),
        },
        Ok(parsed) if parsed.port == 0 => (
            "nobody can connect to port 0".to_owned(),
            give("give HOST:PORT"),
        ),
        Ok(parsed)
            if parsed
                .host
                .contains(|c: char| c.is_whitespace() || "/@?#".contains(c)) =>
        {
            (
                format!("{:?} is no host", parsed.host),
                give("give HOST:PORT"),
            )
        }
        Ok(_) => return None,
    };
    Some(Finding::odd("upstream", problem).with_remedy(remedy))
}
