//! The login cookie.

use axum::http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};

use crate::app::Settings;

/// `__Host-` binds the cookie to this host, to https and to the whole site; on plain http browsers would refuse it.
fn name(settings: &Settings) -> &'static str {
    if settings.is_https() { "__Host-teledesk" } else { "teledesk" }
}

/// How long the browser keeps it, in seconds: 90 days. The login itself lives on the server.
const MAX_AGE: u32 = 90 * 24 * 3600;

/// The `Set-Cookie` value that signs in.
pub(crate) fn set(settings: &Settings, token: &SecretString) -> HeaderValue {
    value(settings, token.expose_secret(), MAX_AGE)
}

/// The `Set-Cookie` value that forgets.
pub(crate) fn clear(settings: &Settings) -> HeaderValue {
    value(settings, "", 0)
}

fn value(settings: &Settings, token: &str, max_age: u32) -> HeaderValue {
    let secure = if settings.is_https() { "; Secure" } else { "" };
    let name = name(settings);
    let text = format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}");
    // Tokens are base64url, so this can't fail; an empty value signs nobody in.
    let mut value = HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// The token that a request carries.
pub(crate) fn token(settings: &Settings, headers: &HeaderMap) -> Option<SecretString> {
    let wanted = name(settings);
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let found = pairs.find(|(name, value)| *name == wanted && !value.is_empty() && value.len() < 200);
    found.map(|(_, value)| value.into())
}
