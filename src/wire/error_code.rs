//! The stable codes of errors, as `Aconite-Error-Code` carries them.
//!
//! Programs compare these and not the texts. A code never changes its meaning; new ones may come.
//! May know: nothing else.

macro_rules! codes {
    ($($(#[doc = $about:literal])+ $name:ident = $text:literal,)+) => {
        /// What kind of error an answer tells of.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ErrorCode {
            $($(#[doc = $about])+ $name,)+
        }

        impl ErrorCode {
            /// All of them.
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$name,)+];

            /// The code as it is sent.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(ErrorCode::$name => $text,)+
                }
            }
        }
    };
}

codes! {
    /// There is no proxy of that name.
    ProxyNotFound = "proxy_not_found",
    /// The proxy has no toxic of that name.
    ToxicNotFound = "toxic_not_found",
    /// No connection of that number is open.
    ConnectionNotFound = "connection_not_found",
    /// There is no session of that name.
    SessionNotFound = "session_not_found",
    /// The name of the proxy is taken.
    ProxyExists = "proxy_exists",
    /// The name of the toxic is taken on this proxy.
    ToxicExists = "toxic_exists",
    /// The name of the session is taken.
    SessionExists = "session_exists",
    /// The proxy was not made in the session that would replace it.
    NotInSession = "not_in_session",
    /// A required field is missing or empty.
    MissingField = "missing_field",
    /// The stream is neither upstream nor downstream.
    InvalidStream = "invalid_stream",
    /// There is no such type of toxic.
    InvalidToxicType = "invalid_toxic_type",
    /// There is no such field; only a strict server minds.
    UnknownField = "unknown_field",
    /// A value is out of range, or does not go with the others.
    InvalidValue = "invalid_value",
    /// The name is too long.
    NameTooLong = "name_too_long",
    /// The address is too long.
    AddressTooLong = "address_too_long",
    /// A list names a proxy more than twice.
    ProxyRepeated = "proxy_repeated",
    /// There are as many of the things as there may be.
    LimitReached = "limit_reached",
    /// The address to listen on cannot be read.
    InvalidAddress = "invalid_address",
    /// The host to listen on has no address.
    UnknownHost = "unknown_host",
    /// Somebody listens on the address already.
    AddressInUse = "address_in_use",
    /// The address is none of this machine.
    AddressNotAvailable = "address_not_available",
    /// The server may not listen on the port.
    PermissionDenied = "permission_denied",
    /// File descriptors have run out.
    NoDescriptors = "no_descriptors",
    /// The system refuses to listen for another reason.
    ListenFailed = "listen_failed",
    /// The body is empty.
    EmptyBody = "empty_body",
    /// The body is not JSON.
    InvalidJson = "invalid_json",
    /// A value has the wrong type.
    WrongType = "wrong_type",
    /// The body is larger than the server takes.
    BodyTooLarge = "body_too_large",
    /// The body broke off.
    BodyIncomplete = "body_incomplete",
    /// The body did not arrive in time.
    BodyTooSlow = "body_too_slow",
    /// A parameter of the query makes no sense.
    InvalidQuery = "invalid_query",
    /// The server wants a token, and there is none in the request.
    TokenMissing = "token_missing",
    /// The token of the request is not the server's.
    TokenWrong = "token_wrong",
    /// Requests of browsers are not allowed.
    BrowserNotAllowed = "browser_not_allowed",
    /// The name in `Host` is not allowed.
    HostNotAllowed = "host_not_allowed",
    /// A page of another site sent the request.
    SiteNotAllowed = "site_not_allowed",
    /// The API has no such path.
    PathNotFound = "path_not_found",
    /// The path does not take this method.
    MethodNotAllowed = "method_not_allowed",
    /// Others hold the memory that the request or its answer needs; it may be sent again.
    ServerBusy = "server_busy",
    /// The request as such cannot be read.
    InvalidRequest = "invalid_request",
    /// The server is stopping, and starts nothing any more.
    Stopping = "stopping",
    /// A defect of the server.
    Internal = "internal",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_words_in_snake_case() {
        let mut seen = std::collections::BTreeSet::new();
        for code in ErrorCode::ALL {
            let text = code.as_str();
            assert!(seen.insert(text), "{text} stands for two errors");
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
            assert!(text.bytes().all(plain), "{text}");
        }
    }
}
