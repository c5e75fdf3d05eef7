//! What a client still sends when its request is already answered.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::time::timeout;

/// How much is read of a body that nobody wants, and for how long.
const MOST: u64 = 256 * 1024;
const LONGEST: Duration = Duration::from_secs(5);

/// Reads what is left of a refused request's body. A connection that is closed while its client still sends is reset, and then
/// the client may never read why it was refused.
pub(crate) async fn take_in(request: Request, next: Next) -> Response {
    // Who asks before sending gets the answer instead of the permission.
    if request.body().is_end_stream() || request.headers().contains_key(header::EXPECT) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let shared = Shared(Arc::new(Mutex::new(body)));
    let answer = next.run(Request::from_parts(parts, Body::new(shared.clone()))).await;
    if !shared.is_end_stream() && shared.size_hint().lower() <= MOST {
        // A client that is slower yet loses its answer.
        let _ = timeout(LONGEST, shared.discard()).await;
    }
    answer
}

/// A body that can still be read when its reader has dropped it.
#[derive(Clone)]
struct Shared(Arc<Mutex<Body>>);

impl Shared {
    async fn discard(self) {
        let mut rest = Body::new(self).into_data_stream();
        let mut read = 0;
        while let Some(Ok(bytes)) = rest.next().await {
            read += u64::try_from(bytes.len()).unwrap_or(MOST);
            if read > MOST {
                return;
            }
        }
    }
}

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, axum::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}
