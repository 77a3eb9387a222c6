//! An upstream that does not answer: a listener on loopback with a full accept queue, so that the
//! kernel drops every further SYN.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

/// A black hole. Dropping it closes the listener.
pub struct Hole {
    listener: TcpListener,
    address: SocketAddr,
    fillers: Vec<TcpStream>,
}

impl Hole {
    pub fn on_loopback() -> Self {
        Self::at(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    pub fn at(address: SocketAddr) -> Self {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
        socket.bind(&address.into()).unwrap();
        socket.listen(0).unwrap();
        // On Linux this also limits accept(), so that a test fails instead of hanging.
        socket
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        let listener = TcpListener::from(socket);
        let address = listener.local_addr().unwrap();
        let mut fillers = Vec::new();
        while let Ok(filler) = TcpStream::connect_timeout(&address, Duration::from_millis(150)) {
            fillers.push(filler);
            assert!(fillers.len() < 100, "the queue of {address} never fills");
        }
        Self {
            listener,
            address,
            fillers,
        }
    }

    pub fn addr(&self) -> String {
        self.address.to_string()
    }

    /// Accepts the connections that fill the queue, so that the listener answers from now on.
    pub fn open(&mut self) {
        for _ in self.fillers.drain(..) {
            self.listener.accept().unwrap();
        }
    }

    /// Accepts the connections that fill the queue, and returns the listener. From now on every
    /// connection is accepted at once.
    pub fn into_listener(mut self) -> TcpListener {
        SockRef::from(&self.listener).listen(1000).unwrap();
        self.open();
        self.listener
    }

    /// The next connection.
    pub fn accept(&self) -> TcpStream {
        self.listener.accept().unwrap().0
    }
}
