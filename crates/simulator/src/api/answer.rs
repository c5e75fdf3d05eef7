//! The envelope, as Telegram writes it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    code: u16,
    description: String,
    retry_after: Option<i64>,
}

impl ApiError {
    pub(crate) fn new(code: u16, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), retry_after: None }
    }

    /// 400 with the usual beginning.
    pub(crate) fn bad(words: impl std::fmt::Display) -> Self {
        Self::new(400, format!("Bad Request: {words}"))
    }

    pub(crate) fn too_many(retry_after: i64) -> Self {
        let description = format!("Too Many Requests: retry after {retry_after}");
        Self { code: 429, description, retry_after: Some(retry_after) }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({ "ok": false, "error_code": self.code, "description": self.description });
        if let Some(seconds) = self.retry_after {
            body["parameters"] = json!({ "retry_after": seconds });
        }
        let status = StatusCode::from_u16(self.code).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = as_json(status, body.to_string());
        if let Some(seconds) =
            self.retry_after.and_then(|seconds| HeaderValue::try_from(seconds.to_string()).ok())
        {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

/// Wraps a result, which is JSON text already.
pub(crate) fn respond(result: Result<String, ApiError>) -> Response {
    match result {
        Ok(result) => as_json(StatusCode::OK, format!(r#"{{"ok":true,"result":{result}}}"#)),
        Err(error) => error.into_response(),
    }
}

/// A success whose result is a string of this length.
pub(crate) fn huge(bytes: usize) -> Response {
    respond(Ok(format!(r#""{}""#, "x".repeat(bytes))))
}

/// What a gateway in front of Telegram says when it is in trouble.
pub(crate) fn gateway_page(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let title = status.to_string();
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    (status, Html(page)).into_response()
}

fn as_json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
