//! Requests that another site makes a browser send are refused: the cookie would come along.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::{App, Settings};
use crate::problem::{Fault, Problem, Result};

/// Refuses what a page of another site sends. Browsers say where a page is from in `Origin`, with everything but plain GETs
/// of images, links and the like; for what acts (unsafe methods, upgrades) they say it in `Sec-Fetch-Site` as well. Who
/// sends neither is no browser, and carries no one else's cookie.
pub(crate) async fn refuse_foreign(State(app): State<App>, request: Request, next: Next) -> Result<Response> {
    let headers = request.headers();
    let acts = !request.method().is_safe() || headers.contains_key(header::UPGRADE);
    if is_own(&app.settings, headers, request.uri()) && (!acts || is_same_site(headers)) {
        return Ok(next.run(request).await);
    }
    Err(Problem::new(Fault::ForeignOrigin, "this request comes from another site"))
}

fn is_own(settings: &Settings, headers: &HeaderMap, uri: &Uri) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let Some(origin) = text(header::ORIGIN) else { return true };
    let host = text(header::HOST).or_else(|| uri.authority().map(axum::http::uri::Authority::as_str));
    match &settings.public_url {
        Some(public) => same(origin, public),
        None => host.is_some_and(|host| origin.split_once("://").is_some_and(|(_, own)| same(own, host))),
    }
}

fn is_same_site(headers: &HeaderMap) -> bool {
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
        is_own(&settings, &map, &Uri::from_static("/api/me")) && is_same_site(&map)
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
    fn fetch_metadata_decides_too() {
        assert!(own(None, &[("host", "a")]));
        assert!(own(None, &[("host", "a"), ("sec-fetch-site", "same-origin")]));
        assert!(!own(None, &[("host", "a"), ("sec-fetch-site", "cross-site")]));
        assert!(!own(None, &[("host", "a"), ("sec-fetch-site", "same-site")]));
        assert!(!own(None, &[("host", "a"), ("origin", "http://a"), ("sec-fetch-site", "cross-site")]));
    }
}
