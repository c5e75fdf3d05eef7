//! What can go wrong with a call, and whether it may be repeated.

use std::time::Duration;

/// Why a call did not succeed. Descriptions are Telegram's own words, shortened and free of the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The token is not (or no longer) valid: 401, 404 for a malformed one, or a token that cannot be one at all.
    #[error("Telegram does not accept the bot token")]
    Unauthorized,
    /// 409: somebody else polls with this token, or a webhook is set.
    #[error("conflict: {description}")]
    Conflict {
        /// Telegram's words; they tell the second poller from the webhook.
        description: String,
    },
    /// 403 because of this one customer: bot blocked, account deactivated, never started the bot.
    #[error("the customer cannot be written to: {description}")]
    BlockedByUser {
        /// Telegram's words.
        description: String,
    },
    /// 400 "chat not found".
    #[error("chat not found")]
    ChatNotFound,
    /// 429: nothing was done; the whole bot pauses for this long.
    #[error("too many requests, retry after {} s", retry_after.as_secs())]
    TooManyRequests {
        /// Between 1 second and 1 day, whatever the server said.
        retry_after: Duration,
    },
    /// 400 and every other 4xx without a variant of its own: repeating it unchanged is pointless.
    #[error("bad request: {description}")]
    BadRequest {
        /// Telegram's words.
        description: String,
        /// The group became a supergroup with this id.
        migrate_to_chat_id: Option<i64>,
    },
    /// Any other 403 (kicked from the group, not a member …).
    #[error("forbidden: {description}")]
    Forbidden {
        /// Telegram's words.
        description: String,
    },
    /// 5xx, with or without an envelope (an HTML page of a gateway, too).
    #[error("trouble at the server: HTTP {status}")]
    ServerTrouble {
        /// 500–599.
        status: u16,
    },
    /// Nothing was written: DNS, refused, TLS, connect time-out, an address that is none.
    #[error("not connected: {reason}")]
    NotConnected {
        /// What the network said.
        reason: String,
    },
    /// The request was (perhaps only partly) written, and no whole answer came: time-out, reset, closed.
    #[error("no answer: {reason}")]
    Unanswered {
        /// What the network said.
        reason: String,
    },
    /// An answer that cannot be understood: no JSON, no envelope, a redirect, a result of the wrong shape.
    #[error("answer not understood: {reason}")]
    BadAnswer {
        /// What was wrong with it.
        reason: String,
    },
    /// The answer exceeds the cap (bytes); reading stopped there. For `getUpdates`: ask again with a smaller `limit`.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The cap in bytes.
        limit: usize,
    },
}

/// Whether, and when, the same call may be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It will not succeed unchanged.
    No,
    /// Not done; may be repeated after this long.
    After(Duration),
    /// Not done; may be repeated, each time later than before.
    Backoff,
    /// It may have been done. A call that changes nothing, or may safely happen twice (`getUpdates`, `getMe`, an edit),
    /// is repeated as with [`Retry::Backoff`]; a send must not be repeated without somebody knowing.
    Unknown,
}

impl Error {
    /// The class in one word, for logs and metrics: unlike the descriptions it never quotes anything.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::Conflict { .. } => "conflict",
            Self::BlockedByUser { .. } => "blocked_by_user",
            Self::ChatNotFound => "chat_not_found",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::BadRequest { .. } => "bad_request",
            Self::Forbidden { .. } => "forbidden",
            Self::ServerTrouble { .. } => "server_trouble",
            Self::NotConnected { .. } => "not_connected",
            Self::Unanswered { .. } => "unanswered",
            Self::BadAnswer { .. } => "bad_answer",
            Self::TooLarge { .. } => "too_large",
        }
    }

    /// Whether the call may be repeated.
    ///
    /// Of the 5xx only those count as [`Retry::Unknown`] that a gateway gives when it handed the request on and *waited in
    /// vain* (504, and 524 of a well-known CDN): the server may have acted. Others are answers: it was not done.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Unauthorized
            | Self::BlockedByUser { .. }
            | Self::ChatNotFound
            | Self::BadRequest { .. }
            | Self::Forbidden { .. } => Retry::No,
            Self::TooManyRequests { retry_after } => Retry::After(*retry_after),
            Self::ServerTrouble { status: 504 | 524 }
            | Self::Unanswered { .. }
            | Self::BadAnswer { .. }
            | Self::TooLarge { .. } => Retry::Unknown,
            Self::Conflict { .. } | Self::ServerTrouble { .. } | Self::NotConnected { .. } => Retry::Backoff,
        }
    }

    /// From Telegram's error code and words (already shortened and redacted).
    pub(crate) fn from_code(code: u16, description: String, hints: Hints) -> Self {
        match code {
            401 => Self::Unauthorized,
            // Telegram answers a malformed token with a bare "Not Found"; an unknown method says more than that.
            404 if description.is_empty() || description == "Not Found" => Self::Unauthorized,
            403 if is_about_the_customer(&description) => Self::BlockedByUser { description },
            403 => Self::Forbidden { description },
            409 => Self::Conflict { description },
            429 => Self::TooManyRequests { retry_after: hints.retry_after },
            400 if contains(&description, "chat not found") => Self::ChatNotFound,
            500..=599 => Self::ServerTrouble { status: code },
            _ => Self::BadRequest { description, migrate_to_chat_id: hints.migrate_to_chat_id },
        }
    }
}

/// The envelope's `parameters`, made safe.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hints {
    pub(crate) retry_after: Duration,
    pub(crate) migrate_to_chat_id: Option<i64>,
}

/// 403 is about this one customer, not about the bot or a group.
fn is_about_the_customer(description: &str) -> bool {
    [
        "bot was blocked by the user",
        "user is deactivated",
        "can't initiate conversation",
        "can't send messages to bots",
    ]
    .iter()
    .any(|words| contains(description, words))
}

fn contains(description: &str, words: &str) -> bool {
    description.to_lowercase().contains(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: u16, description: &str) -> Error {
        let hints = Hints { retry_after: Duration::from_secs(7), migrate_to_chat_id: Some(-5) };
        Error::from_code(code, description.to_owned(), hints)
    }

    #[test]
    fn telegrams_codes_and_words_become_the_taxonomy() {
        let description = |words: &str| words.to_owned();
        for (code, words, expected) in [
            (401, "Unauthorized", Error::Unauthorized),
            (404, "Not Found", Error::Unauthorized),
            (400, "Bad Request: chat not found", Error::ChatNotFound),
            (
                429,
                "Too Many Requests: retry after 7",
                Error::TooManyRequests { retry_after: Duration::from_secs(7) },
            ),
            (500, "Internal Server Error", Error::ServerTrouble { status: 500 }),
            (502, "Bad Gateway", Error::ServerTrouble { status: 502 }),
        ] {
            assert_eq!(of(code, words), expected);
        }
        for words in [
            "Forbidden: bot was blocked by the user",
            "Forbidden: user is deactivated",
            "Forbidden: bot can't initiate conversation with a user",
        ] {
            assert_eq!(of(403, words), Error::BlockedByUser { description: description(words) });
        }
        let kicked = "Forbidden: bot was kicked from the group chat";
        assert_eq!(of(403, kicked), Error::Forbidden { description: description(kicked) });
        let method = "Not Found: method not found";
        assert!(matches!(of(404, method), Error::BadRequest { migrate_to_chat_id: Some(-5), .. }));
        assert!(matches!(of(409, "Conflict: terminated"), Error::Conflict { .. }));
    }

    #[test]
    fn every_error_says_whether_to_repeat() {
        let words = String::new;
        assert_eq!(Error::Unauthorized.retry(), Retry::No);
        assert_eq!(Error::ChatNotFound.retry(), Retry::No);
        assert_eq!(Error::BlockedByUser { description: words() }.retry(), Retry::No);
        assert_eq!(Error::Forbidden { description: words() }.retry(), Retry::No);
        assert_eq!(of(429, "").retry(), Retry::After(Duration::from_secs(7)));
        assert_eq!(Error::Conflict { description: words() }.retry(), Retry::Backoff);
        assert_eq!(Error::NotConnected { reason: words() }.retry(), Retry::Backoff);
        assert_eq!(of(500, "").retry(), Retry::Backoff);
        assert_eq!(of(503, "").retry(), Retry::Backoff);
        assert_eq!(of(502, "").retry(), Retry::Backoff);
        assert_eq!(of(504, "").retry(), Retry::Unknown);
        assert_eq!(of(504, "").retry(), Retry::Unknown);
        assert_eq!(Error::Unanswered { reason: words() }.retry(), Retry::Unknown);
        assert_eq!(Error::BadAnswer { reason: words() }.retry(), Retry::Unknown);
        assert_eq!(Error::TooLarge { limit: 1 }.retry(), Retry::Unknown);
    }
}
