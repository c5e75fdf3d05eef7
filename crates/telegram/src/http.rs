//! One HTTP client for all bots, and the single place where a call is made.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, ClientBuilder, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::body::{self, BodyError};
use crate::envelope::{self, Answer};
use crate::error::Error;
use crate::redact::{chain, redact};

/// Longest token Telegram takes, in bytes.
const LONGEST_TOKEN: usize = 80;

/// Limits of the client.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// DNS, TCP and TLS together. 10 s.
    pub connect_timeout: Duration,
    /// From the start of a call to the last byte of its answer, unless the call names its own. 30 s.
    pub call_timeout: Duration,
    /// What a long poll is given beyond its own `timeout`. 10 s.
    pub poll_grace: Duration,
    /// Largest answer read, in bytes. 32 MiB: a hundred updates are far below that.
    pub body_cap: usize,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(30),
            poll_grace: Duration::from_secs(10),
            body_cap: 32 * 1024 * 1024,
        }
    }
}

/// The HTTP client that all bots share (one per bot would cost 100 KB each). Cheap to clone.
#[derive(Clone)]
pub struct Http(Arc<Inner>);

struct Inner {
    /// For everything beyond this machine; honours the system's proxy settings.
    outside: Client,
    /// For loopback addresses (the simulator, a local Bot API server): never through a proxy, and usable on a machine
    /// without any certificate.
    loopback: Client,
    options: HttpOptions,
}

impl Http {
    /// Builds the client, and makes *ring* the process's TLS provider if there is none yet (without one the builder
    /// would panic).
    ///
    /// Fails as [`Error::NotConnected`] when the machine has no usable certificates.
    pub fn new(options: HttpOptions) -> Result<Self, Error> {
        // An error means that a provider is installed already, which is just as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let not_built = |error: reqwest::Error| Error::NotConnected { reason: chain(&error.without_url()) };
        let outside = builder(&options).build().map_err(not_built)?;
        let loopback = builder(&options).no_proxy().tls_certs_only([]).build().map_err(not_built)?;
        Ok(Self(Arc::new(Inner { outside, loopback, options })))
    }

    /// A bot at `base_url` (`https://api.telegram.org`, without a trailing `/bot…`). Nothing is checked or called here:
    /// an address that is none shows as [`Error::NotConnected`], an impossible token as [`Error::Unauthorized`].
    pub fn bot(&self, base_url: &str, token: SecretString) -> Bot {
        let base = Url::parse(base_url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        Bot { http: self.clone(), base: base.map(Arc::new), token }
    }

    /// The limits it was built with.
    pub fn options(&self) -> &HttpOptions {
        &self.0.options
    }

    fn client(&self, base: &Url) -> &Client {
        if is_loopback(base) { &self.0.loopback } else { &self.0.outside }
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Http").field("options", &self.0.options).finish_non_exhaustive()
    }
}

fn builder(options: &HttpOptions) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("teledesk/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(options.connect_timeout)
        // A redirect would carry the token to wherever it points.
        .redirect(redirect::Policy::none())
        .referer(false)
        // Nothing below this crate may repeat a send.
        .retry(reqwest::retry::never())
        // Idle connections are dropped well before servers drop them, so that few requests meet one that is closing.
        .pool_idle_timeout(Duration::from_secs(20))
        .tcp_keepalive(Duration::from_secs(30))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The bot's id when `token` has the form of one (`digits:letters, digits, _ and -`, at most 80 bytes), else `None`.
pub fn token_bot_id(token: &str) -> Option<i64> {
    let (id, secret) = token.split_once(':')?;
    let id_ok = !id.starts_with('0') && !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    let secret_ok =
        !secret.is_empty() && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    if id_ok && secret_ok && token.len() <= LONGEST_TOKEN { id.parse().ok() } else { None }
}

/// One bot: whose token, at which Bot API, through which client. Cheap to clone.
#[derive(Clone)]
pub struct Bot {
    http: Http,
    base: Option<Arc<Url>>,
    token: SecretString,
}

impl fmt::Debug for Bot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.base.as_ref().and_then(|url| url.host_str()).unwrap_or("(no address)");
        formatter
            .debug_struct("Bot")
            .field("host", &host)
            .field("token", &"[redacted]")
            .finish_non_exhaustive()
    }
}

impl Bot {
    /// Calls any method with JSON parameters and gives the raw `result`.
    ///
    /// `timeout` counts from the start of the call to the last byte of the answer; `None` is
    /// [`HttpOptions::call_timeout`].
    pub async fn call(
        &self,
        method: &str,
        parameters: &(impl Serialize + ?Sized),
        timeout: Option<Duration>,
    ) -> Result<Box<RawValue>, Error> {
        let url = self.url(method)?;
        let body = serde_json::to_vec(parameters)
            .map_err(|error| self.bad_request(&format!("parameters cannot be written as JSON: {error}")))?;
        let begun = std::time::Instant::now();
        let result = self.exchange(url, body, timeout.unwrap_or(self.http.0.options.call_timeout)).await;
        let outcome = result.as_ref().map_or_else(Error::class, |_| "ok");
        metrics::histogram!("teledesk_telegram_call_seconds", "method" => method.to_owned(), "outcome" => outcome)
            .record(begun.elapsed());
        match &result {
            Ok(_) => tracing::trace!(method, "Bot API call answered"),
            // Not the description: Telegram may quote the message in it.
            Err(error) => tracing::debug!(method, class = error.class(), "Bot API call failed"),
        }
        result
    }

    /// The limits of the client it uses.
    pub(crate) fn options(&self) -> &HttpOptions {
        &self.http.0.options
    }

    pub(crate) fn token(&self) -> &SecretString {
        &self.token
    }

    /// The client that calls `url`.
    pub(crate) fn client(&self, url: &Url) -> &Client {
        self.http.client(url)
    }

    /// The Bot API's address, without query and fragment.
    pub(crate) fn base(&self) -> Result<Url, Error> {
        let not_an_address =
            || Error::NotConnected { reason: "the Bot API address is not an http(s) URL".to_owned() };
        let mut url = self.base.as_deref().cloned().ok_or_else(not_an_address)?;
        url.set_query(None);
        url.set_fragment(None);
        Ok(url)
    }

    async fn exchange(&self, url: Url, body: Vec<u8>, timeout: Duration) -> Result<Box<RawValue>, Error> {
        let request = self.http.client(&url).post(url).timeout(timeout);
        let request = request.header("content-type", "application/json").body(body);
        let response = request.send().await.map_err(|error| self.network(error))?;
        let status = response.status().as_u16();
        let retry_after =
            response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let cap = self.http.0.options.body_cap;
        let body = body::read(response, cap).await.map_err(|error| match error {
            BodyError::TooLarge => Error::TooLarge { limit: cap },
            BodyError::Broken(error) => self.network(error),
        })?;
        envelope::open(&Answer { status, retry_after, body: &body }, &self.token).map(ToOwned::to_owned)
    }

    fn url(&self, method: &str) -> Result<Url, Error> {
        if token_bot_id(self.token.expose_secret()).is_none() {
            return Err(Error::Unauthorized);
        }
        if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(self.bad_request("no such method"));
        }
        let mut url = self.base()?;
        let path = format!("{}/bot{}/{method}", url.path().trim_end_matches('/'), self.token.expose_secret());
        url.set_path(&path);
        Ok(url)
    }

    /// Tells "nothing was written" from "no answer".
    ///
    /// Only an error of *connecting* (DNS, TCP, TLS, connect time-out) or of building the request proves that nothing was written. A pooled
    /// connection that the server closes is a trap: when hyper notices before it wrote a byte it repeats the request on
    /// another connection by itself, so whatever surfaces here as "connection closed before message completed" may have
    /// been written, and counts as unanswered. So does a time-out, even one that fires while still connecting: it
    /// cannot be told apart, and doubt must never look like certainty.
    pub(crate) fn network(&self, error: reqwest::Error) -> Error {
        let error = error.without_url();
        let reason = redact(&chain(&error), &self.token);
        if error.is_connect() || error.is_builder() {
            Error::NotConnected { reason }
        } else {
            Error::Unanswered { reason }
        }
    }

    fn bad_request(&self, words: &str) -> Error {
        Error::BadRequest { description: redact(words, &self.token), migrate_to_chat_id: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_recognised_by_its_form() {
        assert_eq!(token_bot_id("123456:SIMULATED-TOKEN_1"), Some(123_456));
        let long = format!("1:{}", "a".repeat(80));
        for token in [
            "",
            ":",
            "1:",
            ":a",
            "a:b",
            "0:a",
            "1:a/b",
            "1:a b",
            "1:a?b",
            "-1:a",
            "1:a:b",
            "99999999999999999999:a",
            &long,
        ] {
            assert_eq!(token_bot_id(token), None, "{token}");
        }
    }

    #[test]
    fn the_path_of_the_base_is_kept() {
        let http = Http::new(HttpOptions::default()).unwrap();
        for base in ["http://127.0.0.1:9/api", "http://127.0.0.1:9/api/", "http://127.0.0.1:9/api?x=1#y"] {
            let bot = http.bot(base, SecretString::from("123456:SIMULATED-TOKEN"));
            assert_eq!(
                bot.url("getMe").unwrap().as_str(),
                "http://127.0.0.1:9/api/bot123456:SIMULATED-TOKEN/getMe"
            );
            assert!(!format!("{bot:?} {http:?}").contains("SIMULATED"));
        }
    }

    #[test]
    fn loopback_is_told_from_the_world() {
        let is = |url: &str| is_loopback(&Url::parse(url).unwrap());
        assert!(is("http://127.0.0.1:1") && is("http://[::1]:1") && is("http://localhost:1"));
        assert!(!is("https://api.telegram.org") && !is("http://localhost.example") && !is("http://10.0.0.1"));
    }
}
