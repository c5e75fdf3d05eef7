//! Whether the process lives, and whether it is ready for work: for supervisors and load balancers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::time::timeout;

use crate::app::App;
use crate::{metrics, problem};

/// How long the database may take for the simplest question.
const PATIENCE: Duration = Duration::from_secs(2);

/// Says whether the workers run.
#[derive(Clone)]
pub struct Workers(Arc<dyn Fn() -> bool + Send + Sync>);

impl Workers {
    /// As `run` says at each question.
    pub fn new(run: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(run))
    }
}

/// What is asked about the server rather than of it.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(async || "ok").fallback(problem::no_such_method))
        .route("/readyz", get(ready).fallback(problem::no_such_method))
        .route("/metrics", get(metrics::show).fallback(problem::no_such_method))
}

async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match why_not(&app).await {
        None => (StatusCode::OK, "ready"),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, why),
    }
}

async fn why_not(app: &App) -> Option<&'static str> {
    if app.stop.is_cancelled() {
        return Some("the server is stopping");
    }
    if app.workers.as_ref().is_none_or(|workers| !(workers.0)()) {
        return Some("the workers don't run");
    }
    let load = app.store.db().load();
    if load.waiting_writes >= load.bound {
        return Some("the database is asked for more than it can do");
    }
    match timeout(PATIENCE, app.store.db().ping()).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            tracing::warn!("not ready: {error}");
            Some("the database doesn't answer")
        }
        Err(_) => Some("the database takes too long to answer"),
    }
}
