//! Sends events as a stream of server-sent events (HTML standard, section 9.2).
//!
//! May know: `control`'s events. Toxiproxy's API has no events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use futures_util::stream::{self, Stream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::error::ApiError;
use super::feed::{self, Feed};
use super::views::event;
use super::{api::Api, query, response};
use crate::control::{ControlError, Delivery, Event, Follower, Limited, StartAt};
use crate::wire::{Missed, Ready};

/// How often a stream without events sends a keep-alive comment.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);
/// How long a client should wait before it reconnects.
const RETRY: Duration = Duration::from_secs(1);
/// The kinds of thing that an event can be about.
const ABOUT: [&str; 4] = ["proxy", "toxic", "session", "connection"];

pub(super) async fn follow(State(api): State<Api>, request: Request) -> Result<Response, ApiError> {
    let wanted = Wanted::read(request.uri())?;
    let to_the_end = match query::value(request.uri(), "follow").as_deref() {
        None | Some("true") => false,
        Some("false") => true,
        Some(other) => {
            return Err(ApiError::bad(format!(
                "follow is {other:?}, but must be true or false"
            )));
        }
    };
    let seat = Arc::clone(&api.followers).try_acquire_owned();
    let seat = seat.map_err(|_| ControlError::TooMany {
        what: Limited::Followers,
        limit: api.settings.followers,
    })?;
    let follower = api
        .control
        .follow(place(request.uri(), request.headers())?)?;
    let source = Source {
        ready: true,
        is_new: true,
        follower,
        feed: api.feed.clone(),
        last_look: None,
        wanted,
        to_the_end,
        _seat: seat,
    };
    let body = Body::from_stream(texts(source));
    let mut response = response::typed(StatusCode::OK, "text/event-stream", body);
    let no_cache = HeaderValue::from_static("no-cache");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_cache);
    Ok(response)
}

/// Where to start: at `after` of the query, else at the `Last-Event-ID` header of a reconnecting client, else
/// at the next event.
fn place(uri: &Uri, headers: &HeaderMap) -> Result<StartAt, ApiError> {
    let header = headers.get("last-event-id");
    let header = header.map(|id| {
        (
            "Last-Event-ID",
            String::from_utf8_lossy(id.as_bytes()).into(),
        )
    });
    let given = query::value(uri, "after").map(|id| ("after", id));
    let Some((name, id)) = given
        .or(header)
        .filter(|(_, id): &(_, String)| !id.is_empty())
    else {
        return Ok(StartAt::Now);
    };
    if id == "0" {
        return Ok(StartAt::Oldest);
    }
    let place = event::cursor(&id).map(StartAt::After);
    place.ok_or_else(|| {
        ApiError::bad(format!(
            "{name} is {id:?}, but must be the id of an event, such as 5eed5eed-17, or 0 for all that are kept"
        ))
    })
}

/// A filter: which events the client asked for.
#[derive(Debug, Default)]
struct Wanted {
    proxy: Option<String>,
    about: Option<Vec<String>>,
}

impl Wanted {
    fn read(uri: &Uri) -> Result<Self, ApiError> {
        let about = query::value(uri, "about").map(|list| {
            let words = list.split(',').map(str::to_owned);
            words.collect::<Vec<_>>()
        });
        let mut words = about.iter().flatten();
        if let Some(odd) = words.find(|word| !ABOUT.contains(&word.as_str())) {
            let known = ABOUT.join(", ");
            return Err(ApiError::bad(format!(
                "about has {odd:?}, but must be a list of these: {known}"
            )));
        }
        Ok(Wanted {
            proxy: query::value(uri, "proxy"),
            about,
        })
    }

    fn everything(&self) -> bool {
        self.proxy.is_none() && self.about.is_none()
    }

    fn covers(&self, event: &Event) -> bool {
        let proxy = self.proxy.as_deref();
        let (about, _) = event.kind.name().split_once('.').unwrap_or_default();
        proxy.is_none_or(|proxy| event.kind.proxy() == Some(proxy))
            && self
                .about
                .as_ref()
                .is_none_or(|words| words.iter().any(|word| word == about))
    }
}

struct Source {
    /// Whether the first frame has not been sent yet.
    ready: bool,
    /// Whether the follower has not read yet. It may have missed events, which its first read reports.
    is_new: bool,
    follower: Follower,
    feed: Feed,
    wanted: Wanted,
    /// Whether to end after the last event instead of waiting for more.
    to_the_end: bool,
    last_look: Option<Instant>,
    /// The follower's permit. The limit on followers leaves API connections free for other clients.
    _seat: OwnedSemaphorePermit,
}

fn texts(source: Source) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(source, |mut source| async {
        let text = source.next().await?;
        Some((Ok(text), source))
    })
}

impl Source {
    async fn next(&mut self) -> Option<Bytes> {
        if std::mem::take(&mut self.ready) {
            // The first frame makes the server send the answer's head, and gives the client an id to resume
            // from.
            let retry = RETRY.as_millis();
            let mut text = format!("retry: {retry}\n").into_bytes();
            let place = self.follower.cursor();
            feed::put(&mut text, Ready::NAME, &event::ready(place), place);
            return Some(text.into());
        }
        match tokio::time::timeout(SIGN_OF_LIFE, self.news()).await {
            Ok(news) => news,
            Err(_) => Some(Bytes::from_static(b":\n\n")),
        }
    }

    /// Waits for the next batch of wanted events. Cancel safe.
    async fn news(&mut self) -> Option<Bytes> {
        loop {
            if let Some(last) = self.last_look
                && !self.to_the_end
            {
                tokio::time::sleep_until(self.feed.next_look(last)).await;
            }
            match self.look() {
                Some(text) => {
                    self.last_look = Some(Instant::now());
                    if !text.is_empty() {
                        return Some(text);
                    }
                    tokio::task::consume_budget().await;
                }
                None if self.to_the_end => return None,
                None => {
                    self.follower.wait().await;
                    self.last_look = None;
                }
            }
        }
    }

    /// Reads what follows the cursor and drops events that the filter excludes. Returns `None` if there are
    /// no events.
    fn look(&mut self) -> Option<Bytes> {
        let place = self.follower.cursor();
        let known = self.feed.behind(place.number).filter(|_| !self.is_new);
        self.is_new = false;
        let batch = match known {
            Some(batch) => batch,
            None => match self.follower.try_next()? {
                Delivery::Lagged(missed) => {
                    let (mut text, place) = (Vec::new(), self.follower.cursor());
                    feed::put(&mut text, Missed::NAME, &event::missed(missed), place);
                    return Some(text.into());
                }
                Delivery::Events(events) => self.feed.add(events, place),
            },
        };
        self.follower.skip_to(batch.last());
        Some(match self.wanted.everything() {
            true => batch.whole(),
            false => batch.text(|event| self.wanted.covers(event)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::EventCursor;

    fn at(target: &str, header: Option<&str>) -> Result<StartAt, ApiError> {
        let mut headers = HeaderMap::new();
        if let Some(id) = header {
            headers.insert("last-event-id", id.parse().unwrap());
        }
        place(&target.parse().unwrap(), &headers)
    }

    #[test]
    fn a_place_is_given_in_the_query_or_by_a_client_that_comes_again() {
        let behind = |run, number| StartAt::After(EventCursor { run, number });
        assert_eq!(at("/events", None).unwrap(), StartAt::Now);
        assert_eq!(at("/events?after=", Some("")).unwrap(), StartAt::Now);
        assert_eq!(at("/events?after=0", None).unwrap(), StartAt::Oldest);
        assert_eq!(at("/events", Some("0000000a-3")).unwrap(), behind(10, 3));
        assert_eq!(
            at("/events?after=a-4", Some("0000000a-3")).unwrap(),
            behind(10, 4)
        );
        for odd in ["x", "1", "-", "a-", "-3", "a-3-4", "123456789-1", "a--1"] {
            assert!(at(&format!("/events?after={odd}"), None).is_err(), "{odd}");
            assert!(at("/events", Some(odd)).is_err(), "{odd}");
        }
    }

    #[test]
    fn what_is_wanted_is_checked() {
        let read = |target: &str| Wanted::read(&target.parse().unwrap());
        assert!(read("/events?about=proxy,%74oxic&proxy=a").is_ok());
        for odd in ["", "proxies", "proxy,,toxic", "proxy,%20toxic"] {
            assert!(read(&format!("/events?about={odd}")).is_err(), "{odd}");
        }
    }
}
