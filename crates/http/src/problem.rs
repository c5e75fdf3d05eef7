//! Errors as problem JSON (RFC 9457).

use std::any::Any;
use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use desk::{Code, Error, FieldError};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Why a request did not succeed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Always `about:blank`: `code` says more.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The HTTP status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// Stable; what clients word. See docs/api.md.
    code: String,
    /// For developers, in English.
    detail: String,
    /// What the words need.
    #[schema(value_type = Object)]
    params: BTreeMap<&'static str, Value>,
    /// What is wrong with single fields.
    errors: Vec<FieldError>,
}

/// The result of a handler.
pub(crate) type Result<T, E = Problem> = std::result::Result<T, E>;

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: code.to_owned(),
            detail: detail.into(),
            params: BTreeMap::new(),
            errors: Vec::new(),
        }
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    pub(crate) fn not_found() -> Self {
        Error::refused(Code::NotFound).into()
    }

    fn internal(detail: &str) -> Self {
        tracing::error!("{detail}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "a fault of ours; the log has more")
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused { code, params } => {
                let detail = code.as_ref().replace('_', " ");
                Self { params, ..Self::new(status(code), code.as_ref(), detail) }
            }
            Error::Invalid(errors) => {
                Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "see errors") }
            }
            Error::Db(error) => from_db(&error),
            Error::Internal(fault) => Self::internal(&fault),
        }
    }
}

fn from_db(error: &db::Error) -> Problem {
    match error {
        db::Error::StorageFull => {
            tracing::error!("the disk is full");
            Problem::new(StatusCode::INSUFFICIENT_STORAGE, "storage_full", "the server's disk is full")
        }
        error if error.is_trouble() => {
            tracing::error!("the database: {error}");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "try again in a moment")
        }
        error => Problem::internal(&error.to_string()),
    }
}

fn status(code: Code) -> StatusCode {
    match code {
        Code::SignedOut | Code::SignedInElsewhere | Code::WrongCredentials => StatusCode::UNAUTHORIZED,
        Code::Forbidden | Code::NotAssignee | Code::WrongSetupToken => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyTaken
        | Code::SessionNotOpen
        | Code::SessionEnded
        | Code::LoginNameInUse
        | Code::SlugInUse
        | Code::BotInUse
        | Code::DifferentBot
        | Code::IdempotencyConflict
        | Code::SetupDone
        | Code::NotResendable
        | Code::ProjectPaused => StatusCode::CONFLICT,
        Code::StaleVersion => StatusCode::PRECONDITION_FAILED,
        Code::TokenRejected => StatusCode::UNPROCESSABLE_ENTITY,
        Code::TelegramUnreachable => StatusCode::BAD_GATEWAY,
        Code::Busy => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// For addresses under `/api` that don't exist.
pub(crate) async fn no_such_route() -> Problem {
    Problem::not_found()
}

/// For methods that an address does not have.
pub(crate) async fn no_such_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this address has no such method")
}

/// For a handler that panicked: the connection lives on.
pub(crate) fn panicked(_panic: Box<dyn Any + Send + 'static>) -> Response {
    Problem::internal("a handler panicked").into_response()
}
