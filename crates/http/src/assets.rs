//! The portal's files, built into the binary (and read from `ui/dist` in development builds).

use std::borrow::Cow;
use std::path::Path;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::problem::no_such_method;

#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Portal;

const MISSING: &str = "<!doctype html><title>Teledesk</title><p>The portal was not built into this binary. Run \
    <code>cargo xtask run</code>, which builds it first.";

/// Serves a file, or the page for every address that is a page of the portal.
pub(crate) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return no_such_method().await.into_response();
    }
    let path = uri.path().trim_start_matches('/');
    if let Some(answer) = file(path, &headers) {
        return answer;
    }
    // A missing script must not be answered with a page: an old page asks for it after an upgrade.
    if path.contains('.') {
        return (StatusCode::NOT_FOUND, "no such file").into_response();
    }
    file("index.html", &headers)
        .unwrap_or_else(|| (StatusCode::SERVICE_UNAVAILABLE, Html(MISSING)).into_response())
}

fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    if path.is_empty() || Path::new(path).extension().is_some_and(|extension| extension == "br") {
        return None;
    }
    let plain = Portal::get(path)?;
    let mime = HeaderValue::from_str(plain.metadata.mimetype()).ok()?;
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let brotli = accepts_brotli(accepted).then(|| Portal::get(&format!("{path}.br"))).flatten();
    let encoded = brotli.is_some();
    let file = brotli.unwrap_or(plain);
    let etag = etag(&file)?;
    let mut response = if headers.get(header::IF_NONE_MATCH) == Some(&etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match file.data {
            // The binary's own pages: nobody who reads slowly holds a copy.
            Cow::Borrowed(data) => Bytes::from_static(data).into_response(),
            Cow::Owned(data) => data.into_response(),
        }
    };
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, mime);
    answer.insert(header::ETAG, etag);
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    // Names under assets/ hold a hash of the content; everything else is asked for again each time.
    let lasting =
        if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(lasting));
    if encoded {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    Some(response)
}

fn accepts_brotli(accepted: &str) -> bool {
    accepted.split(',').any(|part| {
        let mut words = part.trim().split(';');
        words.next().map(str::trim) == Some("br") && !words.any(|word| matches!(word.trim(), "q=0" | "q=0.0"))
    })
}

fn etag(file: &EmbeddedFile) -> Option<HeaderValue> {
    let hash = URL_SAFE_NO_PAD.encode(file.metadata.sha256_hash());
    HeaderValue::from_str(&format!("\"{hash}\"")).ok()
}
