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

use crate::request_log;

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
    /// With faults of the server: the id under which its log has more.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

/// The result of a handler.
pub(crate) type Result<T, E = Problem> = std::result::Result<T, E>;

/// Faults of a request that are HTTP's rather than the product's, whose own are `desk::Code`. The text form is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::AsRefStr, strum::EnumIter)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Fault {
    Malformed,
    ForeignOrigin,
    MethodNotAllowed,
    TooSlow,
    TooLarge,
    UnsupportedMediaType,
    Invalid,
    IfMatchRequired,
    Internal,
    StorageFull,
}

impl Fault {
    fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::IfMatchRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        }
    }
}

impl Problem {
    pub(crate) fn new(fault: Fault, detail: impl Into<String>) -> Self {
        Self::with(fault.status(), fault.as_ref(), detail)
    }

    fn refused(code: Code, detail: impl Into<String>) -> Self {
        Self::with(status(code), code.as_ref(), detail)
    }

    fn with(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: code.to_owned(),
            detail: detail.into(),
            params: BTreeMap::new(),
            errors: Vec::new(),
            request_id: request_log::id().filter(|_| status.is_server_error()),
        }
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Fault::Malformed, detail)
    }

    pub(crate) fn not_found() -> Self {
        Error::refused(Code::NotFound).into()
    }

    fn internal(detail: &str) -> Self {
        tracing::error!("{detail}");
        Self::new(Fault::Internal, "a fault of ours; the log has more")
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused { code, params } => {
                Self { params, ..Self::refused(code, code.as_ref().replace('_', " ")) }
            }
            Error::Invalid(errors) => Self { errors, ..Self::new(Fault::Invalid, "see errors") },
            Error::Db(error) => from_db(&error),
            Error::Internal(fault) => Self::internal(&fault),
        }
    }
}

fn from_db(error: &db::Error) -> Problem {
    match error {
        db::Error::StorageFull => {
            tracing::error!("the disk is full");
            Problem::new(Fault::StorageFull, "the server's disk is full")
        }
        error if error.is_trouble() => {
            tracing::error!("the database: {error}");
            Problem::refused(Code::Busy, "try again in a moment")
        }
        error => Problem::internal(&error.to_string()),
    }
}

fn status(code: Code) -> StatusCode {
    match code {
        Code::SignedOut
        | Code::SignedInElsewhere
        | Code::WrongCredentials
        | Code::SecondFactorNeeded
        | Code::WrongCode => StatusCode::UNAUTHORIZED,
        Code::Forbidden
        | Code::NotAssignee
        | Code::NotAuthor
        | Code::OperationRefused
        | Code::WrongSetupToken
        | Code::SecondFactorSetupNeeded
        | Code::OwnerProtected => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyTaken
        | Code::SessionNotOpen
        | Code::SessionEnded
        | Code::SessionLive
        | Code::SessionNotEnded
        | Code::ReceiverNoAccess
        | Code::ReceiverAtLimit
        | Code::ReceiverUnavailable
        | Code::TooManyTags
        | Code::LoginNameInUse
        | Code::SlugInUse
        | Code::BotInUse
        | Code::DifferentBot
        | Code::IdempotencyConflict
        | Code::SetupDone
        | Code::NotResendable
        | Code::ProjectPaused
        | Code::NoPublicUrl
        | Code::SecondFactorOn
        | Code::OwnAccount
        | Code::ImportChanged => StatusCode::CONFLICT,
        Code::InvitationGone => StatusCode::GONE,
        Code::StaleVersion => StatusCode::PRECONDITION_FAILED,
        Code::TokenRejected | Code::NoPicture => StatusCode::UNPROCESSABLE_ENTITY,
        Code::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
        Code::TelegramUnreachable => StatusCode::BAD_GATEWAY,
        Code::Busy => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let again = self.params.get("seconds").and_then(Value::as_i64).unwrap_or(1);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE || status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(again));
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
    Problem::new(Fault::MethodNotAllowed, "this address has no such method")
}

/// For a handler that panicked: the connection lives on.
pub(crate) fn panicked(_panic: Box<dyn Any + Send + 'static>) -> Response {
    Problem::internal("a handler panicked").into_response()
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    /// The table of error codes in docs/api.md: code and status.
    fn documented() -> BTreeMap<String, u16> {
        let page = include_str!("../../../docs/api.md");
        let table = page.split("## Error codes").nth(1).unwrap().split("\n## ").next().unwrap();
        let rows = table.lines().filter_map(|line| {
            let (status, codes) = line.strip_prefix("| ")?.split_once(" | ")?;
            Some((status.parse::<u16>().ok()?, codes))
        });
        // Every second piece between back quotes is a code, up to where the words of a code begin.
        let codes = rows.flat_map(|(status, codes)| {
            let outside = codes.split('(').map(|piece| piece.split_once(')').map_or(piece, |(_, rest)| rest));
            let text: String = outside.collect();
            text.split('`').skip(1).step_by(2).map(|code| (code.to_owned(), status)).collect::<Vec<_>>()
        });
        codes.collect()
    }

    #[test]
    fn every_code_is_documented_with_its_status_and_no_other() {
        let ours = Fault::iter().map(|fault| (fault.as_ref().to_owned(), fault.status().as_u16()));
        let of_desk = Code::iter().map(|code| (code.as_ref().to_owned(), status(code).as_u16()));
        assert_eq!(documented(), ours.chain(of_desk).collect());
    }
}
