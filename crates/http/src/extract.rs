//! Extractors that refuse in problem JSON.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use desk::avatars::UPLOAD_MAX;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use tokio::time::timeout;

use crate::app::App;
use crate::cookies::Cookie;
use crate::problem::{Fault, Problem};

/// Tells null from what was left out, for what an edit can take away.
pub(crate) fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// How long a body may take to arrive. The largest fits at 4.4 KB a second.
const BODY_TIME: Duration = Duration::from_secs(15);

/// How long a picture may take to arrive: the largest at 87 KB a second.
const UPLOAD_TIME: Duration = Duration::from_mins(1);

/// A JSON body.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &App) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(Fault::UnsupportedMediaType, "send Content-Type: application/json"));
        }
        let bytes = body(request, state, BODY_TIME).await?;
        serde_json::from_slice(&bytes).map(Json).map_err(|error| Problem::malformed(error.to_string()))
    }
}

/// The body of a request, whole and in time.
async fn body(request: Request, state: &App, longest: Duration) -> Result<Bytes, Problem> {
    let bytes = timeout(longest, Bytes::from_request(request, state)).await;
    let bytes = bytes.map_err(|_| Problem::new(Fault::TooSlow, "the body took too long to arrive"))?;
    bytes.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            Problem::new(Fault::TooLarge, "the body is too large")
        }
        _ => Problem::malformed("the body did not arrive whole"),
    })
}

/// A picture as the body. What it says of itself is not believed; it must say that it is one, though, so that no form of another
/// site can send it.
pub(crate) struct Upload(pub(crate) Vec<u8>);

impl FromRequest<App> for Upload {
    type Rejection = Problem;

    async fn from_request(mut request: Request, state: &App) -> Result<Self, Problem> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(|text| text.starts_with("image/")) {
            return Err(Problem::new(
                Fault::UnsupportedMediaType,
                "send a picture as the body, with its Content-Type",
            ));
        }
        DefaultBodyLimit::max(UPLOAD_MAX).apply(&mut request);
        Ok(Self(body(request, state, UPLOAD_TIME).await?.into()))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.and_then(|value| value.split(';').next()).map(str::trim);
    media_type.is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json"))
}

/// The query string.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &App) -> Result<Self, Problem> {
        let query = axum::extract::Query::try_from_uri(&parts.uri);
        query.map(|query| Self(query.0)).map_err(|rejection| Problem::malformed(rejection.body_text()))
    }
}

/// The id in the path. What is no id names nothing: 404.
pub(crate) struct Id<T>(pub(crate) T);

impl<T: FromStr> FromRequestParts<App> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &App) -> Result<Self, Problem> {
        let params =
            RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        let id = params.iter().find(|(name, _)| *name == "id").and_then(|(_, text)| text.parse().ok());
        id.map(Self).ok_or_else(Problem::not_found)
    }
}

/// The version that an edit is based on, from `If-Match: "3"`.
pub(crate) struct IfMatch(pub(crate) i64);

impl FromRequestParts<App> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &App) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            let detail = "send If-Match with the version that the edit is based on";
            return Err(Problem::new(Fault::IfMatchRequired, detail));
        };
        let version = value.to_str().ok().and_then(|text| text.trim().trim_matches('"').parse().ok());
        version.map(Self).ok_or_else(|| Problem::malformed("If-Match holds no version"))
    }
}

/// The address under which people reach this installation, for links: the public one, else where the request was sent to.
pub(crate) struct Base(pub(crate) String);

impl FromRequestParts<App> for Base {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &App) -> Result<Self, Infallible> {
        if let Some(public) = &state.settings.public_url {
            return Ok(Self(public.clone()));
        }
        // Browsers say where their page is from, with its scheme; a foreign one would not have come this far.
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let host = || text(header::HOST).map(|host| format!("http://{host}"));
        Ok(Self(text(header::ORIGIN).map(str::to_owned).or_else(host).unwrap_or_default()))
    }
}

/// Where a request comes from: the peer, or whom a trusted proxy names.
pub(crate) struct Browser {
    pub(crate) address: String,
    pub(crate) device: String,
    /// By what it is known.
    pub(crate) token: Option<SecretString>,
}

impl FromRequestParts<App> for Browser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
        let address = peer.map(|peer| client(peer, &parts.headers, &state.settings.trusted_proxies));
        let device =
            parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let address = address.map_or_else(String::new, |ip| ip.to_string());
        let token = Cookie::Browser.token(&state.settings, &parts.headers);
        Ok(Self { address, device: device.to_owned(), token })
    }
}

/// The rightmost forwarded address that is no trusted proxy: everything left of it could be made up.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    if !trusted.contains(&peer) {
        return peer;
    }
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let named: Vec<_> =
        lines.flat_map(|line| line.split(',')).map(|part| part.trim().parse::<IpAddr>()).collect();
    named.into_iter().rev().map_while(Result::ok).find(|ip| !trusted.contains(ip)).unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarded_addresses_count_only_from_trusted_proxies() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.0.0.2".parse().unwrap());
        let (proxy, inner): (IpAddr, IpAddr) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let stranger: IpAddr = "198.51.100.7".parse().unwrap();
        assert_eq!(client(stranger, &headers, &[proxy, inner]), stranger);
        assert_eq!(client(proxy, &headers, &[proxy, inner]).to_string(), "203.0.113.9");
        assert_eq!(client(proxy, &HeaderMap::new(), &[proxy]), proxy);
    }
}
