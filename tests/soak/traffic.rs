//! Clients and upstreams: who connects, and who answers.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use super::judge::{self, End};
use super::peer;
use super::plan::PeerPlan;
use super::world::World;

/// A small receive buffer, so that backpressure sets in. If it were much smaller than the largest
/// segment on loopback (64 KiB), Linux would take seconds to deliver the data even without a proxy.
const SMALL: u32 = 128 * 1024;

/// Starts one client after another until the soak stops.
pub async fn clients(world: Arc<World>, proxy: usize, worker: u64, phase: u64) {
    let mut dice = world.dice("client", &[phase, proxy as u64, worker]);
    while !world.stops() {
        let plan = PeerPlan::throw(&mut dice, true);
        let writes = dice.below(u64::MAX);
        let side = world.enter(proxy, true, plan.total);
        match connect(&world.proxies[proxy].listen, &plan).await {
            Ok(stream) => {
                let own = world.dice("writes", &[writes]);
                peer::drive(&world, &side, stream, &plan, own).await;
            }
            // The connection was accepted and ended before we looked.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                judge::end(&world, &side, End::Reset, 0);
                world.retire(&side);
            }
            Err(error) => {
                if !world.proxies[proxy].weather.was_destructive(side.born) {
                    world.violate("cannot connect", &format!("{error}; {side:?}"));
                }
                world.retire(&side);
                sleep(Duration::from_millis(20)).await;
            }
        }
        sleep(Duration::from_millis(dice.below(50))).await;
    }
}

async fn connect(address: &str, plan: &PeerPlan) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if plan.small_buffers {
        socket.set_recv_buffer_size(SMALL)?;
        socket.set_send_buffer_size(SMALL)?;
    }
    let address = address.parse().map_err(std::io::Error::other)?;
    timeout(Duration::from_secs(10), socket.connect(address)).await?
}

/// Serves an upstream's connections for ever.
pub async fn upstream(world: Arc<World>, proxy: usize, index: u64, listener: TcpListener) {
    let mut ordinal = 0;
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(Duration::from_millis(5)).await;
            continue;
        };
        ordinal += 1;
        let mut dice = world.dice("upstream", &[proxy as u64, index, ordinal]);
        let plan = PeerPlan::throw(&mut dice, false);
        if plan.small_buffers {
            let socket = SockRef::from(&stream);
            let _ = socket.set_recv_buffer_size(SMALL as usize);
            let _ = socket.set_send_buffer_size(SMALL as usize);
        }
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let side = world.enter(proxy, false, plan.total);
            peer::drive(&world, &side, stream, &plan, dice).await;
        });
    }
}
