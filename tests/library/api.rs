//! The HTTP API as a router, without a socket.

use aconite::control::{Control, Options};
use aconite::http::{Settings, router};
use aconite::toxics::Catalogue;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use tower::Service;

/// The answer to a request.
pub struct Answer {
    pub status: u16,
    pub body: String,
}

/// Sends a request to a router.
pub async fn call(router: &mut Router, method: &str, target: &str, body: &str) -> Answer {
    let request = Request::builder().method(method).uri(target);
    let request = request.header("host", "localhost:8474");
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let (parts, body) = router.call(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status.as_u16(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// A router of a server with these kinds of toxic and a proxy `p`.
pub async fn serving(catalogue: Catalogue) -> Router {
    let options = Options {
        catalogue,
        ..Options::default()
    };
    serving_with(options).await
}

/// The same with these options.
pub async fn serving_with(options: Options) -> Router {
    let settings = Settings::new("127.0.0.1:8474".parse().unwrap());
    let mut api = router(Control::new(options).unwrap(), settings);
    let proxy = r#"{"name":"p","listen":"127.0.0.1:0","upstream":"127.0.0.1:9"}"#;
    assert_eq!(call(&mut api, "POST", "/proxies", proxy).await.status, 201);
    api
}
