//! The HTTP API of an instance in this process, which is the only part of this room that knows HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::error::Error;
use super::server::Aconite;
use crate::http::{self, Room, Settings};

/// Connections to the API at a time.
const CONNECTIONS: usize = 64;

impl Aconite {
    /// Serves the HTTP API of this instance on `address` until its last handle has been dropped, and returns the address
    /// that it listens on. With port 0 the system chooses one.
    ///
    /// Client libraries, curl and `aconite --host` then see the same proxies and toxics as this program, types of
    /// toxic of your own included. There is no token: whoever can reach the address can use the API.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::System`](super::ErrorKind::System) if the address cannot be listened on.
    pub async fn serve(&self, address: SocketAddr) -> Result<SocketAddr, Error> {
        let control = self.control().clone();
        let listening = async move {
            let listener = TcpListener::bind(address).await.map_err(Error::of_system)?;
            let address = listener.local_addr().map_err(Error::of_system)?;
            let router = http::router(control, Settings::new(address));
            let room = Room {
                own: CONNECTIONS,
                most: CONNECTIONS,
                lend: Arc::new(|| None),
            };
            tokio::spawn(async move { match http::serve(listener, router, room).await {} });
            Ok::<_, Error>(address)
        };
        self.instance().run(listening).await
    }
}
