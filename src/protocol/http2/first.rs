//! Whether an upstream speaks HTTP/2, told by the first bytes that it sends.

use super::frame::{FrameHead, HEAD, kind};

/// What the first bytes of an upstream are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstBytes {
    /// A SETTINGS frame, which is what a server of HTTP/2 sends first (RFC 9113, section 3.4).
    Settings,
    /// Too few to tell.
    Unfinished,
    /// Something else.
    Other,
}

/// Tells what the first bytes of an upstream are.
pub fn first_bytes(bytes: &[u8]) -> FirstBytes {
    // Room for 170 settings, of which there are ten.
    const START: [u8; 1] = [0];
    match FrameHead::read(bytes) {
        Some(head) => {
            let is_settings = (head.kind, head.flags, head.stream) == (kind::SETTINGS, 0, 0);
            match is_settings && head.length % 6 == 0 && head.length <= 1024 {
                true => FirstBytes::Settings,
                false => FirstBytes::Other,
            }
        }
        None if bytes.len() < HEAD && bytes.starts_with(&START) => FirstBytes::Unfinished,
        None => FirstBytes::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_settings_frame_begins_http_2() {
        let settings = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100];
        assert_eq!(first_bytes(&settings), FirstBytes::Settings);
        assert_eq!(first_bytes(&settings[..8]), FirstBytes::Unfinished);
        assert_eq!(first_bytes(b"HTTP/1.1 408"), FirstBytes::Other);
        assert_eq!(first_bytes(b"220 hi"), FirstBytes::Other);
        let acknowledged = [0, 0, 0, 4, 1, 0, 0, 0, 0];
        assert_eq!(first_bytes(&acknowledged), FirstBytes::Other);
    }
}
