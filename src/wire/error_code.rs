//! The stable error codes that `Aconite-Error-Code` carries.
//!
//! Programs compare these codes and not the messages. A code never changes its meaning; new ones may be
//! added. May know: nothing else.

macro_rules! codes {
    ($($(#[doc = $about:literal])+ $name:ident = $text:literal,)+) => {
        /// The kind of error in an answer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ErrorCode {
            $($(#[doc = $about])+ $name,)+
        }

        impl ErrorCode {
            /// All codes.
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$name,)+];

            /// The code as text.
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
    /// The proxy has no open connection with that number.
    ConnectionNotFound = "connection_not_found",
    /// There is no session of that name.
    SessionNotFound = "session_not_found",
    /// There is no profile of that name, or the proxy has none.
    ProfileNotFound = "profile_not_found",
    /// The name of the proxy is taken.
    ProxyExists = "proxy_exists",
    /// The name of the toxic is taken on this proxy.
    ToxicExists = "toxic_exists",
    /// The name of the session is taken.
    SessionExists = "session_exists",
    /// The session that would replace the proxy, or its profile, did not make it.
    NotInSession = "not_in_session",
    /// A required field is missing or empty.
    MissingField = "missing_field",
    /// The stream is neither upstream nor downstream.
    InvalidStream = "invalid_stream",
    /// There is no such type of toxic.
    InvalidToxicType = "invalid_toxic_type",
    /// The field is unknown; only a server in strict mode reports this.
    UnknownField = "unknown_field",
    /// A value is out of range, or contradicts another one.
    InvalidValue = "invalid_value",
    /// The name is too long.
    NameTooLong = "name_too_long",
    /// The address is too long.
    AddressTooLong = "address_too_long",
    /// A list names a proxy more than twice.
    ProxyRepeated = "proxy_repeated",
    /// The limit on the number of these things is reached.
    LimitReached = "limit_reached",
    /// The listen address is malformed.
    InvalidAddress = "invalid_address",
    /// The host of the listen address cannot be resolved.
    UnknownHost = "unknown_host",
    /// The address is already in use.
    AddressInUse = "address_in_use",
    /// The address does not belong to this machine.
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
    /// The body is larger than the server's limit.
    BodyTooLarge = "body_too_large",
    /// The body ended before it was complete.
    BodyIncomplete = "body_incomplete",
    /// The body did not arrive in time.
    BodyTooSlow = "body_too_slow",
    /// A query parameter is invalid.
    InvalidQuery = "invalid_query",
    /// The server requires a token, and the request has none.
    TokenMissing = "token_missing",
    /// The token is wrong.
    TokenWrong = "token_wrong",
    /// Browsers may not use the API.
    BrowserNotAllowed = "browser_not_allowed",
    /// The name in `Host` is not allowed.
    HostNotAllowed = "host_not_allowed",
    /// A page of another site sent the request.
    SiteNotAllowed = "site_not_allowed",
    /// The API has no such path.
    PathNotFound = "path_not_found",
    /// The path does not take this method.
    MethodNotAllowed = "method_not_allowed",
    /// There is not enough free memory for the request or its answer; the request can be repeated.
    ServerBusy = "server_busy",
    /// The request is malformed.
    InvalidRequest = "invalid_request",
    /// The server is stopping and starts nothing new.
    Stopping = "stopping",
    /// An internal error: a defect of the server.
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
