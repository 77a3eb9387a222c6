//! An upstream that answers no dial, without leaving loopback: a listener whose queue is full.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use super::rig::{PATIENCE, tuned};

/// Further connections to it get no answer until someone accepts.
pub struct Hole {
    listener: TcpListener,
    fillers: Vec<TcpStream>,
}

impl Hole {
    pub fn dig() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket
            .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
            .unwrap();
        socket.listen(0).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut hole = Hole {
            listener: socket.into(),
            fillers: Vec::new(),
        };
        hole.fill();
        hole
    }

    fn fill(&mut self) {
        let address = self.listener.local_addr().unwrap();
        for _ in 0..16 {
            match TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
                Ok(filler) => self.fillers.push(filler),
                Err(_) => return,
            }
        }
        panic!("the queue of the listener never fills");
    }

    pub fn address(&self) -> String {
        self.listener.local_addr().unwrap().to_string()
    }

    /// Accepts those who fill it: from now on it answers, and everyone at once.
    pub fn open(mut self) -> TcpListener {
        SockRef::from(&self.listener).listen(1000).unwrap();
        for _ in self.fillers.drain(..) {
            drop(self.listener.accept().unwrap());
        }
        self.listener
    }
}

/// Serves one connection after another: each gets what it sent, once.
pub fn echo(listener: TcpListener) {
    std::thread::spawn(move || {
        while let Ok((socket, _)) = listener.accept() {
            let mut socket = tuned(socket);
            std::thread::spawn(move || {
                let mut other = socket.try_clone().unwrap();
                let _ = std::io::copy(&mut socket, &mut other);
            });
        }
    });
}
