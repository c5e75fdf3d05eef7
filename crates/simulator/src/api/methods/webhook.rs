//! `setWebhook`, `deleteWebhook`, `getWebhookInfo`.

use std::net::IpAddr;
use std::sync::Arc;

use reqwest::Url;
use reqwest::header::HeaderValue;
use serde_json::json;

use super::get_updates::remember_allowed;
use crate::api::Call;
use crate::api::answer::ApiError;
use crate::deliver;
use crate::state::lock;
use crate::state::webhook::{Target, Webhook};

/// Longest secret token, in bytes.
const LONGEST_SECRET: usize = 256;
/// Updates on their way at once, unless said otherwise.
const CONNECTIONS: i64 = 40;

/// An empty `url` deletes the webhook, as at Telegram. The same webhook set again stays as it is.
pub(super) fn set(call: &Call) -> Result<String, ApiError> {
    let url = call.params.text("url");
    if url.trim().is_empty() {
        return Ok(delete(call));
    }
    let url = proper_url(url.trim())?;
    let secret = proper_secret(&call.params.text("secret_token"))?;
    let connections = call.params.integer("max_connections").filter(|&given| given != 0);
    let connections = connections.unwrap_or(CONNECTIONS).clamp(1, 100);
    let max_connections = usize::try_from(connections).unwrap_or(1);
    let target = Target { url, secret, max_connections };

    remember_allowed(&call.cell, &call.params);
    let mut state = lock(&call.cell.state);
    let dropping = call.params.is_true("drop_pending_updates");
    if !dropping && state.webhook.as_ref().is_some_and(|webhook| *webhook.target == target) {
        return Ok(told("Webhook is already set"));
    }
    state.end_webhook();
    if dropping {
        state.queue.clear();
    }
    let ended = call.simulator.world.stop.child_token();
    state.webhook = Some(Webhook::new(Arc::new(target), ended));
    drop(state);
    // The poll that waits is told of it; and what waits may go.
    call.cell.wake.notify_waiters();
    deliver::wake(&call.simulator, &call.cell);
    Ok(told("Webhook was set"))
}

pub(super) fn delete(call: &Call) -> String {
    let mut state = lock(&call.cell.state);
    let was_set = state.end_webhook();
    if call.params.is_true("drop_pending_updates") {
        state.queue.clear();
    }
    told(if was_set { "Webhook was deleted" } else { "Webhook is already deleted" })
}

pub(super) fn info(call: &Call) -> String {
    let state = lock(&call.cell.state);
    let mut info = json!({
        "url": state.webhook.as_ref().map(|webhook| webhook.target.url.as_str()).unwrap_or_default(),
        "has_custom_certificate": false,
        "pending_update_count": state.pending(),
    });
    if let Some(webhook) = &state.webhook {
        info["max_connections"] = webhook.target.max_connections.into();
        let address = webhook.target.url.host_str().map(|host| host.trim_matches(['[', ']']));
        if let Some(address) = address.filter(|host| host.parse::<IpAddr>().is_ok()) {
            info["ip_address"] = address.into();
        }
        if let Some((date, words)) = &webhook.last_error {
            info["last_error_date"] = (*date).into();
            info["last_error_message"] = words.as_str().into();
        }
    }
    if let Some(kinds) = state.allowed.list() {
        info["allowed_updates"] = kinds.into();
    }
    info.to_string()
}

/// The result, and the words that Telegram adds beside it in the envelope.
fn told(words: &str) -> String {
    format!(r#"true,"description":"{words}""#)
}

/// Telegram wants https; here http will do for this machine.
fn proper_url(url: &str) -> Result<Url, ApiError> {
    let invalid = || ApiError::bad("invalid webhook URL specified");
    let with_scheme = if url.contains("://") { url.to_owned() } else { format!("https://{url}") };
    let url = Url::parse(&with_scheme).map_err(|_| invalid())?;
    let host = url.host_str().ok_or_else(invalid)?.trim_matches(['[', ']']);
    let is_loopback = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback => Ok(url),
        _ => Err(ApiError::bad("bad webhook: An HTTPS URL must be provided for webhook")),
    }
}

fn proper_secret(secret: &str) -> Result<Option<HeaderValue>, ApiError> {
    if secret.is_empty() {
        return Ok(None);
    }
    if secret.len() > LONGEST_SECRET {
        return Err(ApiError::bad("secret token is too long"));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let value = HeaderValue::from_str(secret).ok().filter(|_| secret.bytes().all(allowed));
    value.map(Some).ok_or_else(|| ApiError::bad("secret token contains unallowed characters"))
}
