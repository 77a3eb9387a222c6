//! Sessions.

use crate::control::SessionView;
use crate::wire::{Session, Span};

impl From<SessionView> for Session {
    fn from(view: SessionView) -> Self {
        Session {
            name: view.name,
            ttl: Span(view.ttl),
            expires_in: Span(view.expires_in).whole_millis(),
        }
    }
}
