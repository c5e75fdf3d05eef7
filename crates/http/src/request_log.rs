//! What is noted of each request: an id, the route, the outcome and how long it took. Neither its path nor its query: they hold
//! what the route's template stands for, and tokens.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use crate::app::{App, Settings};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id taken from elsewhere, in bytes.
const LONGEST: usize = 128;

tokio::task_local! {
    static ID: String;
}

/// The id of the request that is being answered.
pub(crate) fn id() -> Option<String> {
    ID.try_with(Clone::clone).ok()
}

/// Gives the request its id, tells it in the answer, and notes what became of it.
pub(crate) async fn note(State(app): State<App>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = given(&app.settings, &request).unwrap_or_else(new_id);
    let method = method(&request);
    // Files of the portal and addresses that don't exist have no template.
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", request.id = %id, http.method = method, http.route = %route,
        member.id = tracing::field::Empty);
    let answering = ID.scope(id.clone(), next.run(request)).instrument(span.clone());
    let mut answer = answering.await;
    let (status, took) = (answer.status(), begun.elapsed());
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        if status.is_server_error() {
            tracing::warn!(http.status = status.as_u16(), duration.ms = millis, "a request failed");
        } else {
            tracing::debug!(http.status = status.as_u16(), duration.ms = millis, "a request was answered");
        }
    });
    let class = ["1xx", "2xx", "3xx", "4xx", "5xx"][usize::from(status.as_u16() / 100).clamp(1, 5) - 1];
    metrics::histogram!("teledesk_http_request_seconds", "route" => route, "method" => method, "status" => class)
        .record(took);
    if let Ok(id) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(HEADER, id);
    }
    answer
}

/// An id of our own. (From the thread's generator: `Uuid::new_v4` asks the system each time.)
fn new_id() -> String {
    uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string()
}

/// The methods there are; anybody can make up others, and each would be a figure of its own.
fn method(request: &Request) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    let method = request.method().as_str();
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}

/// The id that a trusted proxy gave it, if it is one that can stand in a log.
fn given(settings: &Settings, request: &Request) -> Option<String> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
    let id = request.headers().get(HEADER)?.to_str().ok()?;
    (is_trusted(settings, peer) && is_well_formed(id)).then(|| id.to_owned())
}

fn is_trusted(settings: &Settings, peer: IpAddr) -> bool {
    settings.trusted_proxies.contains(&peer)
}

fn is_well_formed(id: &str) -> bool {
    let fits = (1..=LONGEST).contains(&id.len());
    fits && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_an_id_is_one() {
        assert!(is_well_formed("0af7651916cd43dd8448eb211c80319c") && is_well_formed("a-b_c.d:1"));
        let long = "a".repeat(129);
        for bad in ["", "a b", "a\"b", "{}", "ä", &long] {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }
}
