//! The listener, and connections that a fault can cut in the middle.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::middleware;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::simulator::Simulator;
use crate::{api, control, page};

/// How long connections may take to end after [`Simulator::stop`]; then they are left to the runtime.
const PATIENCE: Duration = Duration::from_secs(2);

/// Serves until the simulator is stopped.
pub(crate) async fn serve(simulator: Simulator, listener: TcpListener) {
    let stop = simulator.world.stop.clone();
    let stopped = stop.clone();
    let app: Router = Router::new()
        .merge(page::routes())
        .nest("/control", control::routes())
        .layer(middleware::from_fn(page::same_site))
        .fallback(api::handle)
        .with_state(simulator);
    let service = app.into_make_service_with_connect_info::<Cutter>();
    let serving =
        axum::serve(CuttableListener(listener), service).with_graceful_shutdown(stop.cancelled_owned());
    let given_up = async {
        stopped.cancelled().await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        result = async { serving.await } => {
            if let Err(error) = result {
                tracing::error!(%error, "the simulator's listener failed");
            }
        }
        () = given_up => tracing::debug!("the simulator left connections open when it stopped"),
    }
}

/// Cuts one connection: whatever is written from then on fails, so that the peer sees it closed without an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cutter(Arc<AtomicBool>);

impl Cutter {
    pub(crate) fn cut(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_cut(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn check(&self) -> io::Result<()> {
        if self.is_cut() { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl Connected<IncomingStream<'_, CuttableListener>> for Cutter {
    fn connect_info(stream: IncomingStream<'_, CuttableListener>) -> Self {
        stream.io().cutter.clone()
    }
}

/// A TCP listener whose connections can be cut.
pub(crate) struct CuttableListener(TcpListener);

impl Listener for CuttableListener {
    type Io = Cuttable;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Cuttable, SocketAddr) {
        // axum's own accept waits out passing troubles such as too many open files.
        let (stream, address) = Listener::accept(&mut self.0).await;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
        (Cuttable { stream, cutter: Cutter::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection that can be cut.
pub(crate) struct Cuttable {
    stream: TcpStream,
    cutter: Cutter,
}

impl AsyncRead for Cuttable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.cutter.check()?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Cuttable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.cutter.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.cutter.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
