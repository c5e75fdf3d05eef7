//! Requests that another site makes a browser send are refused: the cookie would come along.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::{App, Settings};
use crate::problem::{Problem, Result};

/// Checks unsafe methods and upgrades. Browsers send `Origin` with all of these; who sends neither it nor
/// `Sec-Fetch-Site` is no browser, and carries no one else's cookie.
pub(crate) async fn refuse_foreign(State(app): State<App>, request: Request, next: Next) -> Result<Response> {
    let acts = !request.method().is_safe() || request.headers().contains_key(header::UPGRADE);
    if acts && !is_own(&app.settings, request.headers(), request.uri()) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            "this request comes from another site",
        ));
    }
    Ok(next.run(request).await)
}

fn is_own(settings: &Settings, headers: &HeaderMap, uri: &Uri) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(origin) = text(header::ORIGIN) {
        let host = text(header::HOST).or_else(|| uri.authority().map(axum::http::uri::Authority::as_str));
        return match &settings.public_url {
            Some(public) => same(origin, public),
            None => host.is_some_and(|host| origin.split_once("://").is_some_and(|(_, own)| same(own, host))),
        };
    }
    let site = headers.get("sec-fetch-site").map(|value| value.to_str().unwrap_or("?"));
    site.is_none_or(|site| site == "same-origin" || site == "none")
}

fn same(a: &str, b: &str) -> bool {
    a.trim_end_matches('/').eq_ignore_ascii_case(b.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(public: Option<&str>, headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let settings = Settings { public_url: public.map(str::to_owned), ..Settings::default() };
        is_own(&settings, &map, &Uri::from_static("/api/me"))
    }

    #[test]
    fn own_origins_pass_and_foreign_ones_do_not() {
        let host = ("host", "desk.test:8080");
        assert!(own(None, &[host, ("origin", "http://desk.test:8080")]));
        assert!(own(None, &[host, ("origin", "http://DESK.test:8080")]));
        assert!(!own(None, &[host, ("origin", "http://desk.test:9090")]));
        assert!(!own(None, &[host, ("origin", "http://evil.test")]));
        assert!(!own(None, &[host, ("origin", "null")]));
        assert!(!own(None, &[host, ("origin", "http://desk.test:8080.evil.test")]));
        assert!(own(Some("https://desk.test"), &[("host", "inner:80"), ("origin", "https://desk.test")]));
        assert!(!own(Some("https://desk.test"), &[("host", "inner:80"), ("origin", "http://desk.test")]));
    }

    #[test]
    fn without_an_origin_fetch_metadata_decides() {
        assert!(own(None, &[("host", "a")]));
        assert!(own(None, &[("host", "a"), ("sec-fetch-site", "same-origin")]));
        assert!(!own(None, &[("host", "a"), ("sec-fetch-site", "cross-site")]));
        assert!(!own(None, &[("host", "a"), ("sec-fetch-site", "same-site")]));
    }
}
