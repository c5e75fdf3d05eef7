//! The handle.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use crate::model::Change;
use crate::options::Options;
use crate::server;
use crate::state::{World, lock};

/// A running simulator. Clones are handles to the same one; dropping them all does not stop it, [`stop`](Self::stop)
/// does.
#[derive(Clone)]
pub struct Simulator {
    pub(crate) world: Arc<World>,
    address: SocketAddr,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Simulator {
    /// Listens and serves in the background of the current tokio runtime.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        let world = Arc::new(World::new(options));
        let simulator = Self { world, address, task: Arc::default() };
        let task = tokio::spawn(server::serve(simulator.clone(), listener));
        *lock(&simulator.task) = Some(task);
        Ok(simulator)
    }

    /// `http://address:port`: the Bot API's base address, and the page.
    pub fn url(&self) -> String {
        let mut reachable = self.address;
        match reachable.ip() {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED) => reachable.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => reachable.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        format!("http://{reachable}")
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening, ends every waiting call without an answer, and returns when all connections are closed.
    /// What it remembers can still be read.
    pub async fn stop(&self) {
        self.world.stop.cancel();
        let task = lock(&self.task).take();
        if let Some(task) = task {
            // It ends by itself; an error would be its panic, which the runtime has reported.
            let _ = task.await;
        }
    }

    /// Every change from now on. A listener that lags more than 4,096 changes behind gets
    /// [`Lagged`](broadcast::error::RecvError::Lagged) and should look at the chats again.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.world.changes.subscribe()
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Simulator").field("address", &self.address).finish_non_exhaustive()
    }
}
