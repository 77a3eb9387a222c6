//! Where proxies listen: both address families, names, free ports, and what the API shows of it.

use std::io::Write;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};

use aconite::control::{Control, ControlError, NewProxy, Options, ProxyView};

use super::rig::*;

const LOOPBACKS: [&str; 2] = ["127.0.0.1", "::1"];

struct Place {
    control: Control,
    upstream: TcpListener,
}

fn place() -> Place {
    Place {
        control: Control::new(Options::default()).unwrap(),
        upstream: impatient("127.0.0.1:0"),
    }
}

impl Place {
    async fn create(&self, name: &str, listen: Option<&str>) -> Result<ProxyView, ControlError> {
        let upstream = self.upstream.local_addr().unwrap().to_string();
        let proxy = NewProxy {
            listen: listen.map(str::to_owned),
            ..new_proxy(name, &upstream)
        };
        self.control.create(proxy).await
    }

    /// Whether the proxy is reachable at this address.
    fn serves(&self, ip: &str, port: u16) -> bool {
        let address = SocketAddr::new(ip.parse::<IpAddr>().unwrap(), port);
        let Ok(client) = TcpStream::connect_timeout(&address, PATIENCE) else {
            return false;
        };
        let mut client = tuned(client);
        let _ = client.write_all(b"x");
        // Another process may listen on that port of the other family and take the client.
        let Ok((upstream, _)) = self.upstream.accept() else {
            return false;
        };
        read_exactly(&mut tuned(upstream), 1) == b"x"
    }
}

fn port_of(view: &ProxyView) -> u16 {
    view.listen.parse::<SocketAddr>().unwrap().port()
}

/// Creates a proxy. Returns where it listens and how the API shows its host.
async fn listens(listen: Option<&str>) -> (String, Vec<&'static str>) {
    let place = place();
    let view = place.create("p", listen).await.unwrap();
    let port = port_of(&view);
    assert_ne!(port, 0);
    let served = LOOPBACKS.into_iter().filter(|ip| place.serves(ip, port));
    let host = view.listen.trim_end_matches(&port.to_string()).to_owned();
    (host, served.collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_is_one_family() {
    assert_eq!(
        listens(Some("127.0.0.1:0")).await,
        ("127.0.0.1:".into(), vec!["127.0.0.1"])
    );
    assert_eq!(
        listens(Some("[::1]:0")).await,
        ("[::1]:".into(), vec!["::1"])
    );
    assert_eq!(
        listens(Some("localhost:0")).await,
        ("127.0.0.1:".into(), vec!["127.0.0.1"])
    );
    assert_eq!(
        listens(Some("127.0.0.1:")).await,
        ("127.0.0.1:".into(), vec!["127.0.0.1"])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wildcard_is_both_families() {
    for wildcard in [":0", "[::]:0", "0.0.0.0:0", ":", ""] {
        let (host, served) = listens(Some(wildcard)).await;
        assert_eq!((host.as_str(), served.len()), ("[::]:", 2), "{wildcard}");
    }
    assert_eq!(listens(None).await.1.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_in_use_is_named() {
    let place = place();
    for ip in ["127.0.0.1", "[::1]"] {
        let taken = TcpListener::bind(format!("{ip}:0")).unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let error = place.create("p", Some(&address)).await.unwrap_err();
        let text = format!("listen tcp {address}: bind: address already in use");
        assert_eq!(error.to_string(), text);
    }
    assert!(place.control.list().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_proxies_cannot_share_a_port() {
    let place = place();
    let first = place.create("first", Some("127.0.0.1:0")).await.unwrap();
    let error = place
        .create("second", Some(&first.listen))
        .await
        .unwrap_err();
    assert!(
        error.to_string().ends_with("address already in use"),
        "{error}"
    );
    assert!(place.serves("127.0.0.1", port_of(&first)));
    place.control.delete("first").await.unwrap();
    let second = place.create("second", Some(&first.listen)).await.unwrap();
    assert_eq!(second.listen, first.listen);
    assert!(place.serves("127.0.0.1", port_of(&second)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upstream_may_be_a_name_or_of_the_other_family() {
    let upstream = impatient("[::1]:0");
    let control = Control::new(Options::default()).unwrap();
    let address = upstream.local_addr().unwrap();
    let view = control
        .create(new_proxy("six", &address.to_string()))
        .await
        .unwrap();
    let mut client = tuned(TcpStream::connect(&view.listen).unwrap());
    client.write_all(b"x").unwrap();
    assert_eq!(
        read_exactly(&mut tuned(upstream.accept().unwrap().0), 1),
        b"x"
    );
    let place = place();
    let port = place.upstream.local_addr().unwrap().port();
    let proxy = new_proxy("name", &format!("localhost:{port}"));
    let view = place.control.create(proxy).await.unwrap();
    assert_eq!(view.upstream, format!("localhost:{port}"));
    assert!(place.serves("127.0.0.1", port_of(&view)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreachable_upstream_accepts_and_closes() {
    let place = place();
    let dead = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = dead.local_addr().unwrap().to_string();
    drop(dead);
    let view = place
        .control
        .create(new_proxy("dead", &address))
        .await
        .unwrap();
    for _ in 0..20 {
        let mut client = tuned(TcpStream::connect(&view.listen).unwrap());
        let _ = client.write_all(b"anyone?");
        assert_eq!(read_to_end(&mut client), (Vec::new(), End::Eof));
    }
    let nowhere = new_proxy("nowhere", "no-such-host.invalid:1");
    let view = place.control.create(nowhere).await.unwrap();
    let mut client = tuned(TcpStream::connect(&view.listen).unwrap());
    client.set_read_timeout(Some(3 * PATIENCE)).unwrap();
    assert_eq!(read_to_end(&mut client), (Vec::new(), End::Eof));
}
