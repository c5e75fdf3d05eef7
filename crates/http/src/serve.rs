//! The listener. `axum::serve` gives clients all the time they want and takes as many as come; here those who send nothing
//! are cut, and as many are served as files may be open: the database and Telegram need some of these too.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::{TaskTracker, TaskTrackerToken};
use tower::ServiceExt as _;

/// What clients may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long the head of a request may take to arrive, counted from the connection or from the answer before.
    pub head: Duration,
    /// How many connections are served at once; further ones wait to be accepted.
    pub connections: usize,
}

/// A connection's place among those served. What outlives the request (a socket) keeps it, and is waited for at the end.
#[derive(Clone)]
pub(crate) struct Place(
    #[expect(dead_code, reason = "it is held, not used")] Arc<(OwnedSemaphorePermit, TaskTrackerToken)>,
);

/// The largest head of a request, in bytes; a larger one is answered 431.
const HEAD: usize = 32 * 1024;

/// Serves until `stop`, then waits for the requests under way and for sockets to say goodbye.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let (connections, accepting) = (TaskTracker::new(), stop.clone());
    let accept = async {
        while let Ok(place) = places.clone().acquire_owned().await {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let served = connection(
                        stream,
                        peer,
                        Place(Arc::new((place, connections.token()))),
                        router.clone(),
                        limits.head,
                        stop.clone(),
                    );
                    drop(connections.spawn(served));
                }
                Err(error) => {
                    // A client that is gone already, or no file to be had: neither is helped by haste.
                    tracing::warn!("a connection can't be accepted: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    };
    accepting.run_until_cancelled(accept).await;
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    router: Router,
    head: Duration,
    stop: CancellationToken,
) {
    // Events are small, and shall not wait for more to come.
    let _ = stream.set_nodelay(true);
    let service = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(place.clone());
        request.map(Body::new)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(HEAD);
    let served =
        http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).with_upgrades();
    let mut served = std::pin::pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a connection of {peer} ended: {error}");
    }
}
