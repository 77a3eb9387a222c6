//! The origin that requests are really for, when a proxy stands in for it.

/// How messages are changed so that a proxy can stand in for an origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The `Host` that is written over that of each request.
    pub host: Option<String>,
    /// Which redirects are pointed back at the proxy.
    pub locations: Option<Locations>,
}

/// Redirects that would lead past the proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locations {
    /// The origins whose URLs are made relative, such as `http://api.example.com`, in lower case. A
    /// client resolves a relative reference against the URL that it asked for (RFC 9110, section
    /// 10.2.2), so it comes back under whichever name it knows the proxy by.
    pub origins: Vec<String>,
}

impl Locations {
    /// What to write in place of this `Location`, if it leads past the proxy.
    pub fn rewritten(&self, location: &[u8]) -> Option<String> {
        let location = str::from_utf8(location).ok()?;
        self.origins.iter().find_map(|origin| {
            let start = location.get(..origin.len())?;
            let rest = location.get(origin.len()..)?;
            // `http://a.example` is no start of `http://a.example.org`, nor of `http://a.example:81`.
            let ends = matches!(rest.as_bytes().first(), None | Some(b'/' | b'?' | b'#'));
            let is_origin = ends && start.eq_ignore_ascii_case(origin);
            is_origin.then(|| match rest.starts_with('/') {
                // Two slashes would begin an authority.
                true if rest.starts_with("//") => format!("/.{rest}"),
                true => rest.to_owned(),
                false => format!("/{rest}"),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_of_the_origin_become_relative() {
        let locations = Locations {
            origins: vec![
                "http://a.example".to_owned(),
                "http://a.example:80".to_owned(),
            ],
        };
        for (sent, written) in [
            ("http://a.example/x?y#z", Some("/x?y#z")),
            ("HTTP://A.Example", Some("/")),
            ("http://a.example:80/x", Some("/x")),
            ("http://a.example?y", Some("/?y")),
            ("http://a.example//evil.example/", Some("/.//evil.example/")),
            ("http://a.example:81/x", None),
            ("http://a.example.org/x", None),
            ("https://a.example/x", None),
            ("/x", None),
        ] {
            let rewritten = locations.rewritten(sent.as_bytes());
            assert_eq!(rewritten.as_deref(), written, "{sent}");
        }
    }
}
