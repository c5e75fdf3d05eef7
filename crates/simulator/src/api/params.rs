//! Parameters from wherever they come: query, urlencoded form, multipart form, JSON.

use std::collections::BTreeMap;

use axum::Form;
use axum::body::to_bytes;
use axum::extract::{FromRequest, Multipart, Query, Request};
use axum::http::{HeaderMap, Uri, header};
use serde_json::Value;

use super::answer::ApiError;

/// Largest JSON body, in bytes (forms stop at axum's 2 MiB). Telegram takes 50 MB of files; here there is only text yet.
const LARGEST_BODY: usize = 1024 * 1024;

/// The parameters of a call. Those of a form are strings, those of JSON have types; every accessor takes both.
#[derive(Debug, Default)]
pub(crate) struct Params(BTreeMap<String, Value>);

impl Params {
    /// Those of a JSON object.
    pub(crate) fn of_json(fields: serde_json::Map<String, Value>) -> Self {
        Self(fields.into_iter().collect())
    }

    /// Whether it says yes.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        matches!(self.text(name).to_lowercase().as_str(), "true" | "1" | "yes")
    }

    /// Reads query and body; the body wins.
    pub(crate) async fn read(request: Request) -> Result<Self, ApiError> {
        let mut params = Self::default();
        let uri = request.uri().clone();
        params.add_pairs(pairs_of_query(&uri));
        match content_type(request.headers()) {
            "application/json" => {
                let body = to_bytes(request.into_body(), LARGEST_BODY).await.map_err(|_| too_large())?;
                match serde_json::from_slice(&body) {
                    Ok(Value::Object(fields)) => params.0.extend(fields),
                    Ok(_) => return Err(ApiError::bad("object expected as JSON")),
                    Err(_) if body.is_empty() => {}
                    Err(_) => return Err(ApiError::bad("can't parse JSON object")),
                }
            }
            "multipart/form-data" => params.add_multipart(request).await?,
            "application/x-www-form-urlencoded" => {
                let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, &())
                    .await
                    .map_err(|_| too_large())?;
                params.add_pairs(pairs);
            }
            _ => {}
        }
        Ok(params)
    }

    fn add_pairs(&mut self, pairs: Vec<(String, String)>) {
        self.0.extend(pairs.into_iter().map(|(key, value)| (key, Value::String(value))));
    }

    async fn add_multipart(&mut self, request: Request) -> Result<(), ApiError> {
        let broken = |_| ApiError::bad("can't parse multipart/form-data");
        let mut form = Multipart::from_request(request, &()).await.map_err(|_| too_large())?;
        while let Some(field) = form.next_field().await.map_err(broken)? {
            let name = field.name().unwrap_or_default().to_owned();
            let value = field.text().await.map_err(broken)?;
            self.0.insert(name, value.into());
        }
        Ok(())
    }

    /// A text; numbers and booleans are written out. Empty when absent.
    pub(crate) fn text(&self, name: &str) -> String {
        match self.0.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    /// A whole number; like Telegram, what is none counts as 0, and absence as `None`.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        match self.0.get(name)? {
            Value::Null => None,
            Value::Number(number) => Some(number.as_i64().unwrap_or_default()),
            Value::String(text) => Some(text.trim().parse().unwrap_or_default()),
            _ => Some(0),
        }
    }

    /// A list or object; in forms it is JSON in a string.
    pub(crate) fn json(&self, name: &str) -> Option<Value> {
        match self.0.get(name)? {
            Value::String(text) => serde_json::from_str(text).ok(),
            other => Some(other.clone()),
        }
    }
}

fn pairs_of_query(uri: &Uri) -> Vec<(String, String)> {
    Query::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default()
}

fn content_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

fn too_large() -> ApiError {
    ApiError::new(413, "Request Entity Too Large")
}
