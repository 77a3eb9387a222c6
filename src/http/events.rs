//! Events as a stream: server-sent events, as the HTML standard (section 9.2) has them.
//!
//! May know: `control`'s events. An addition to the reference's API.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri};
use axum::response::sse::{Event as Frame, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use tokio::sync::OwnedSemaphorePermit;

use super::error::ApiError;
use super::event::{self, Missed, Ready};
use super::{Api, query};
use crate::control::{ControlError, Event, Follower, From, News, Place};

/// How often a stream without events says that it is alive.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);
/// After what a client shall try again when the stream breaks off.
const RETRY: Duration = Duration::from_secs(1);
/// What an event can be about.
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
    let seat = seat.map_err(|_| ControlError::TooManyFollowers(api.settings.followers))?;
    let follower = api
        .control
        .follow(place(request.uri(), request.headers())?)?;
    let source = Source {
        ready: true,
        frames: Vec::new(),
        follower,
        wanted,
        to_the_end,
        _seat: seat,
    };
    let keep_alive = KeepAlive::new().interval(SIGN_OF_LIFE);
    let stream = Sse::new(frames(source)).keep_alive(keep_alive);
    Ok(stream.into_response())
}

/// From where to follow: `after` in the query, else the header that clients send when they come
/// again, else from now on.
fn place(uri: &Uri, headers: &HeaderMap) -> Result<From, ApiError> {
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
        return Ok(From::Now);
    };
    if id == "0" {
        return Ok(From::Oldest);
    }
    let place = event::place(&id).map(From::Behind);
    place.ok_or_else(|| {
        ApiError::bad(format!(
            "{name} is {id:?}, but must be the id of an event, such as 5eed5eed-17, or 0 for all that are kept"
        ))
    })
}

/// Which events are wanted.
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

    fn covers(&self, event: &Event) -> bool {
        let proxy = self.proxy.as_deref();
        let (about, _) = event.what.name().split_once('.').unwrap_or_default();
        proxy.is_none_or(|proxy| event.what.proxy() == Some(proxy))
            && self
                .about
                .as_ref()
                .is_none_or(|words| words.iter().any(|word| word == about))
    }
}

struct Source {
    /// The first frame is still to come.
    ready: bool,
    /// What is to be sent, the next one last.
    frames: Vec<Frame>,
    follower: Follower,
    wanted: Wanted,
    /// End when there is nothing more, instead of waiting.
    to_the_end: bool,
    /// Followers leave connections to the API free for others.
    _seat: OwnedSemaphorePermit,
}

fn frames(source: Source) -> impl Stream<Item = Result<Frame, Infallible>> {
    stream::unfold(source, |mut source| async {
        let frame = source.next().await?;
        Some((Ok(frame), source))
    })
}

impl Source {
    async fn next(&mut self) -> Option<Frame> {
        if std::mem::take(&mut self.ready) {
            // It brings the answer's head to the client, and a place to come back to.
            let place = self.follower.place();
            let frame = frame(event::READY, &Ready::from(place), place);
            return Some(frame.retry(RETRY));
        }
        loop {
            if let Some(frame) = self.frames.pop() {
                return Some(frame);
            }
            let news = match self.to_the_end {
                true => self.follower.next_now()?,
                false => self.follower.next().await,
            };
            self.take(news);
        }
    }

    fn take(&mut self, news: News) {
        let place = self.follower.place();
        match news {
            News::Missed(missed) => {
                self.frames
                    .push(frame(event::MISSED, &Missed::from(missed), place));
            }
            News::Events(batch) => {
                let wanted = batch.iter().rev().filter(|event| self.wanted.covers(event));
                self.frames.extend(wanted.map(|event| {
                    let number = event.number;
                    let place = Place { number, ..place };
                    frame(event.what.name(), &event::Shape::of(event, place), place)
                }));
            }
        }
    }
}

fn frame(name: &str, data: &impl serde::Serialize, place: Place) -> Frame {
    // JSON has no line break outside of its texts' escapes, which is all that could go wrong.
    let text = super::write::json(data).unwrap_or_default();
    Frame::default()
        .event(name)
        .id(event::id(place))
        .data(String::from_utf8_lossy(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(target: &str, header: Option<&str>) -> Result<From, ApiError> {
        let mut headers = HeaderMap::new();
        if let Some(id) = header {
            headers.insert("last-event-id", id.parse().unwrap());
        }
        place(&target.parse().unwrap(), &headers)
    }

    #[test]
    fn a_place_is_given_in_the_query_or_by_a_client_that_comes_again() {
        let behind = |run, number| From::Behind(Place { run, number });
        assert_eq!(at("/events", None).unwrap(), From::Now);
        assert_eq!(at("/events?after=", Some("")).unwrap(), From::Now);
        assert_eq!(at("/events?after=0", None).unwrap(), From::Oldest);
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
