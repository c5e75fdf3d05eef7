//! `/metrics`: figures in Prometheus's text form. See docs/operating.md for each.

use std::pin::Pin;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::problem::{Problem, Result};

type Page = Pin<Box<dyn Future<Output = String> + Send>>;

/// Who may read the figures, and how they are written.
#[derive(Clone)]
pub struct Metrics {
    render: Arc<dyn Fn() -> Page + Send + Sync>,
    readers: Readers,
}

/// Who may read the figures.
#[derive(Clone)]
pub enum Readers {
    /// Whoever reaches the address.
    All,
    /// Who sends this token.
    Token(Arc<SecretString>),
}

impl Metrics {
    /// The page that `render` writes.
    pub fn new<F>(readers: Readers, render: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = String> + Send + 'static,
    {
        Self { render: Arc::new(move || Box::pin(render())), readers }
    }

    fn admits(&self, headers: &HeaderMap) -> bool {
        let Readers::Token(token) = &self.readers else { return true };
        let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let sent = sent.and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default();
        sent.as_bytes().ct_eq(token.expose_secret().as_bytes()).into()
    }
}

/// To who may not read them they don't exist.
pub(crate) async fn show(State(app): State<App>, headers: HeaderMap) -> Result<Response> {
    let metrics = app.metrics.as_ref().filter(|metrics| metrics.admits(&headers));
    let metrics = metrics.ok_or_else(Problem::not_found)?;
    let mut page = (metrics.render)().await.into_response();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    page.headers_mut().insert(header::CONTENT_TYPE, kind);
    page.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(page)
}
