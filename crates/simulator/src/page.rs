//! The page at `/`: be the customer. Static files from the binary, a strict content security policy, nothing inline and
//! nothing from elsewhere.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::simulator::Simulator;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Path, type and text of every file.
const FILES: &[(&str, &str, &str)] = &[
    ("/", "text/html; charset=utf-8", include_str!("../page/index.html")),
    ("/page/style.css", "text/css; charset=utf-8", include_str!("../page/style.css")),
    ("/page/icon.svg", "image/svg+xml", include_str!("../page/icon.svg")),
    ("/page/main.js", "text/javascript; charset=utf-8", include_str!("../page/main.js")),
    ("/page/api.js", "text/javascript; charset=utf-8", include_str!("../page/api.js")),
    ("/page/dom.js", "text/javascript; charset=utf-8", include_str!("../page/dom.js")),
    ("/page/people.js", "text/javascript; charset=utf-8", include_str!("../page/people.js")),
    ("/page/pane.js", "text/javascript; charset=utf-8", include_str!("../page/pane.js")),
];

/// The page's routes.
pub(crate) fn routes() -> Router<Simulator> {
    FILES.iter().fold(Router::new(), |router, &(path, kind, text)| {
        let headers = [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::CACHE_CONTROL, "no-cache"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        ];
        router.route(path, get(move || async move { (headers, text) }))
    })
}

/// Refuses what a page from elsewhere tries to do with the control API through the visitor's browser.
pub(crate) async fn same_site(request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site").map(|value| value.as_bytes().to_vec());
    let foreign = site.is_some_and(|site| site != b"same-origin" && site != b"none");
    let is_visit =
        matches!(*request.method(), Method::GET | Method::HEAD) && !request.uri().path().contains("/live");
    if foreign && !is_visit {
        return (StatusCode::FORBIDDEN, "not from another site").into_response();
    }
    next.run(request).await
}
