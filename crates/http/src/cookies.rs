//! The login cookie, and the one by which a browser is known.

use axum::http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};

use crate::app::Settings;

/// One of our cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Who is signed in.
    Login,
    /// In which browser somebody has signed in before; it stays when they sign out.
    Browser,
}

impl Cookie {
    /// `__Host-` binds a cookie to this host, to https and to the whole site; on plain http browsers would refuse it.
    fn name(self, settings: &Settings) -> &'static str {
        match (self, settings.is_https()) {
            (Self::Login, true) => "__Host-teledesk",
            (Self::Login, false) => "teledesk",
            (Self::Browser, true) => "__Host-teledesk_device",
            (Self::Browser, false) => "teledesk_device",
        }
    }

    /// The `Set-Cookie` value that keeps a token.
    pub(crate) fn set(self, settings: &Settings, token: &SecretString) -> HeaderValue {
        self.value(settings, token.expose_secret(), MAX_AGE)
    }

    /// The `Set-Cookie` value that forgets.
    pub(crate) fn clear(self, settings: &Settings) -> HeaderValue {
        self.value(settings, "", 0)
    }

    fn value(self, settings: &Settings, token: &str, max_age: u32) -> HeaderValue {
        let secure = if settings.is_https() { "; Secure" } else { "" };
        let name = self.name(settings);
        let text = format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}");
        // Tokens are base64url, so this can't fail; an empty value signs nobody in.
        let mut value = HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }

    /// The token that a request carries.
    pub(crate) fn token(self, settings: &Settings, headers: &HeaderMap) -> Option<SecretString> {
        let wanted = self.name(settings);
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let found = pairs.find(|(name, value)| *name == wanted && !value.is_empty() && value.len() < 200);
        found.map(|(_, value)| value.into())
    }
}

/// How long the browser keeps them, in seconds: 90 days. The login itself lives on the server.
const MAX_AGE: u32 = 90 * 24 * 3600;
