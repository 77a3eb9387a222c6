//! URLs as Go's `net/url` reads them, with its errors, which scripts may compare.
//!
//! The URLs here begin with a scheme and `://`.

/// The part of a URL between its scheme and its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authority {
    /// The user and the password with their `@`, as written.
    pub(crate) user: String,
    /// The host as written; brackets stay.
    pub(crate) host: String,
    /// The digits of the port, or empty.
    pub(crate) port: String,
    /// Its length in bytes of the URL.
    pub(crate) length: usize,
}

/// Reads the authority of a URL, and checks the rest of the URL.
///
/// # Errors
/// Go's error.
pub(crate) fn authority(url: &str) -> Result<Authority, String> {
    if url.chars().any(|c| c.is_ascii_control()) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (text, behind) = rest.split_at(end);
    let (user, address) = match text.rfind('@') {
        Some(at) => text.split_at(at + 1),
        None => ("", text),
    };
    let is_of_user = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    if !user.chars().all(is_of_user) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let (host, port) = host_and_port(address)?;
    let path = behind.split(['?', '#']).next().unwrap_or_default();
    check_escapes(path, |_| true)?;
    Ok(Authority {
        user: user.to_owned(),
        host: host.to_owned(),
        port: port.to_owned(),
        length: text.len(),
    })
}

fn host_and_port(address: &str) -> Result<(&str, &str), String> {
    let is_bracketed = address.starts_with('[');
    let end = match is_bracketed {
        true => address
            .rfind(']')
            .map(|at| at + 1)
            .ok_or("missing ']' in host")?,
        false => address.find(':').unwrap_or(address.len()),
    };
    let (host, port) = address.split_at(end);
    let digits = port.strip_prefix(':').unwrap_or(port);
    let is_port = port.is_empty() || (port.starts_with(':') && is_digits(digits));
    if !is_port {
        return Err(format!("invalid port {} after host", quote(port)));
    }
    if is_bracketed {
        let inside = host.trim_matches(['[', ']']);
        let address = inside
            .split_once("%25")
            .map_or(inside, |(address, _)| address);
        check_escapes(address, |code| code >= 0x80)?;
        if address.parse::<std::net::Ipv6Addr>().is_err() {
            let address = quote(address);
            return Err(format!(
                "invalid host: ParseAddr({address}): unable to parse IP"
            ));
        }
        return Ok((host, digits));
    }
    check_escapes(host, |code| code >= 0x80)?;
    let is_of_host = |c: char| {
        !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:[]<>\"%".contains(c)
    };
    match host.chars().find(|c| !is_of_host(*c)) {
        Some(wrong) => Err(format!(
            "invalid character {} in host name",
            quote(&wrong.to_string())
        )),
        None => Ok((host, digits)),
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Checks that every percent sign begins an escape, and one that is allowed there.
fn check_escapes(text: &str, is_allowed: impl Fn(u8) -> bool) -> Result<(), String> {
    for (at, _) in text.match_indices('%') {
        let escape: String = text.get(at..).unwrap_or_default().chars().take(3).collect();
        let digits = escape.get(1..).filter(|digits| digits.len() == 2);
        let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if !code.is_some_and(&is_allowed) {
            return Err(format!("invalid URL escape {}", quote(&escape)));
        }
    }
    Ok(())
}

/// A URL as Go shows it: without the password, and without the colon of an empty port.
pub(crate) fn shown(url: &str, authority: &Authority) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let rest = rest.get(authority.length..).unwrap_or_default();
    let user = match authority.user.split_once(':') {
        Some((user, _)) => format!("{user}:***@"),
        None => authority.user.clone(),
    };
    let port = match authority.port.as_str() {
        "" => String::new(),
        port => format!(":{port}"),
    };
    let url = format!("{scheme}://{user}{}{port}{rest}", authority.host);
    quote(&url)
}

/// Text in quotes as Go's `%q` writes it.
pub(crate) fn quote(text: &str) -> String {
    let letter = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        c if c.is_ascii_control() => format!("\\x{:02x}", u32::from(c)),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    let inside: String = text.chars().map(letter).collect();
    format!("\"{inside}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The errors of Toxiproxy's client, built with Go 1.26.
    #[test]
    fn errors_are_those_of_go() {
        for (url, expected) in [
            ("http://a b/p", r#"invalid character " " in host name"#),
            ("http://{}:1/p", r#"invalid character "{" in host name"#),
            ("http://x\\y:1/p", r#"invalid character "\\" in host name"#),
            ("http://h:abc/p", r#"invalid port ":abc" after host"#),
            ("http://h:-1/p", r#"invalid port ":-1" after host"#),
            ("http://::1:1/p", r#"invalid port "::1:1" after host"#),
            ("http://[::1]x:1/p", r#"invalid port "x:1" after host"#),
            ("http://[::1/p", "missing ']' in host"),
            (
                "http://[zz]:1/p",
                r#"invalid host: ParseAddr("zz"): unable to parse IP"#,
            ),
            ("http://%zz/p", r#"invalid URL escape "%zz""#),
            ("http://a%20b:1/p", r#"invalid URL escape "%20""#),
            ("http://h/proxies/%", r#"invalid URL escape "%""#),
            ("http://h/proxies/%4", r#"invalid URL escape "%4""#),
            ("http://h/%zz/p", r#"invalid URL escape "%zz""#),
            ("http://h\n/p", "net/url: invalid control character in URL"),
        ] {
            assert_eq!(authority(url), Err(expected.to_owned()), "{url}");
        }
    }

    #[test]
    fn authority_is_split_into_user_host_and_port() {
        for (url, user, host, port) in [
            ("http://h/p", "", "h", ""),
            ("http://h:1?q", "", "h", "1"),
            (
                "http://u:p@[fe80::1%25lo]:1/",
                "u:p@",
                "[fe80::1%25lo]",
                "1",
            ),
            ("http:///p", "", "", ""),
            ("http://:1/%41", "", "", "1"),
        ] {
            let read = authority(url).unwrap();
            assert_eq!(
                (read.user.as_str(), read.host.as_str()),
                (user, host),
                "{url}"
            );
            assert_eq!(read.port, port, "{url}");
        }
        let url = "http://u:secret@h:/p";
        assert_eq!(
            shown(url, &authority(url).unwrap()),
            r#""http://u:***@h/p""#
        );
    }

    #[test]
    fn quoted_text_is_that_of_go() {
        assert_eq!(quote("a\"\\\n\x01\x7fé"), r#""a\"\\\n\x01\x7fé""#);
    }
}
