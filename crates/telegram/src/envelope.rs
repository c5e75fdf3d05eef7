//! The envelope around every answer: `{ok, result | error_code, description, parameters}`.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Error, Hints};
use crate::redact::redact;

/// `retry_after` when the server names none or nonsense, in seconds.
const DEFAULT_RETRY_AFTER: i64 = 5;
/// Longest `retry_after` believed, in seconds: a day.
const LONGEST_RETRY_AFTER: i64 = 24 * 60 * 60;

/// Every field raw: a field of the wrong type must not hide the others.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    ok: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error_code: Option<&'a RawValue>,
    #[serde(borrow)]
    description: Option<&'a RawValue>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
}

/// What came over HTTP.
pub(crate) struct Answer<'a> {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The `Retry-After` header in seconds, for a 429 of a gateway.
    pub(crate) retry_after: Option<i64>,
    /// The body.
    pub(crate) body: &'a str,
}

/// The `result` of an answer, or the error that it states.
pub(crate) fn open<'a>(answer: &Answer<'a>, token: &SecretString) -> Result<&'a RawValue, Error> {
    let Ok(envelope) = serde_json::from_str::<Envelope<'_>>(answer.body) else {
        return Err(without_envelope(answer));
    };
    match decode::<bool>(envelope.ok) {
        Some(true) if (200..300).contains(&answer.status) => {
            envelope.result.ok_or_else(|| Error::BadAnswer { reason: "ok, but without a result".to_owned() })
        }
        Some(false) => Err(refused(answer, &envelope, token)),
        _ => Err(without_envelope(answer)),
    }
}

fn refused(answer: &Answer<'_>, envelope: &Envelope<'_>, token: &SecretString) -> Error {
    let code = decode::<u16>(envelope.error_code).filter(|code| (400..600).contains(code));
    let Some(code) = code.or((answer.status >= 400).then_some(answer.status)) else {
        return Error::BadAnswer { reason: "not ok, but without an error code".to_owned() };
    };
    let description = decode::<String>(envelope.description).unwrap_or_default();
    Error::from_code(code, redact(&description, token), hints(answer, envelope.parameters))
}

/// An answer that is no Bot API envelope: a gateway's page, a wrong address, nonsense.
fn without_envelope(answer: &Answer<'_>) -> Error {
    match answer.status {
        429 => Error::TooManyRequests { retry_after: hints(answer, None).retry_after },
        500..=599 => Error::ServerTrouble { status: answer.status },
        status => Error::BadAnswer { reason: format!("HTTP {status} without a Bot API envelope") },
    }
}

fn hints(answer: &Answer<'_>, parameters: Option<&RawValue>) -> Hints {
    let parameters = decode::<serde_json::Value>(parameters).unwrap_or_default();
    let seconds = whole(&parameters["retry_after"]).or(answer.retry_after).unwrap_or(DEFAULT_RETRY_AFTER);
    Hints {
        retry_after: Duration::from_secs(seconds.clamp(1, LONGEST_RETRY_AFTER).unsigned_abs()),
        migrate_to_chat_id: parameters["migrate_to_chat_id"].as_i64(),
    }
}

/// A whole number, also when it comes as a fraction, as a string or larger than 64 bits.
fn whole(value: &serde_json::Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and the caller clamps")]
    let rounded_up = |number: f64| number.is_finite().then_some(number.ceil() as i64);
    match value {
        serde_json::Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(rounded_up)),
        serde_json::Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn decode<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_text(status: u16, retry_after: Option<i64>, body: &str) -> Result<String, Error> {
        let token = SecretString::from("123456:SIMULATED-TOKEN");
        open(&Answer { status, retry_after, body }, &token).map(|raw| raw.get().to_owned())
    }

    fn pause(parameters: &str, header: Option<i64>) -> u64 {
        let body = format!(r#"{{"ok":false,"error_code":429,"description":"x","parameters":{parameters}}}"#);
        match open_text(429, header, &body) {
            Err(Error::TooManyRequests { retry_after }) => retry_after.as_secs(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn retry_after_is_believed_within_reason() {
        assert_eq!(pause(r#"{"retry_after":7}"#, None), 7);
        assert_eq!(pause(r#"{"retry_after":-7}"#, None), 1);
        assert_eq!(pause(r#"{"retry_after":0}"#, None), 1);
        assert_eq!(pause(r#"{"retry_after":99999999999999999999999}"#, None), 86_400);
        assert_eq!(pause(r#"{"retry_after":2.5}"#, None), 3);
        assert_eq!(pause(r#"{"retry_after":"30"}"#, None), 30);
        assert_eq!(pause(r#"{"retry_after":[]}"#, None), 5);
        assert_eq!(pause("null", None), 5);
        assert_eq!(pause("[]", Some(11)), 11);
        assert_eq!(pause("{}", Some(-1)), 1);
    }

    #[test]
    fn hostile_envelopes_are_told_apart() {
        assert_eq!(open_text(200, None, r#"{"ok":true,"result":[1]}"#).unwrap(), "[1]");
        for body in [
            "",
            "null",
            "[]",
            "{}",
            "<html>",
            r#"{"ok":"yes","result":1}"#,
            r#"{"ok":true}"#,
            r#"{"ok":false}"#,
        ] {
            assert!(matches!(open_text(200, None, body), Err(Error::BadAnswer { .. })), "{body}");
        }
        assert_eq!(open_text(502, None, "<html>Bad Gateway"), Err(Error::ServerTrouble { status: 502 }));
        assert_eq!(
            open_text(500, None, r#"{"ok":true,"result":1}"#),
            Err(Error::ServerTrouble { status: 500 })
        );
        assert_eq!(
            open_text(401, None, r#"{"ok":false,"error_code":"x","description":7}"#),
            Err(Error::Unauthorized)
        );
        assert!(matches!(open_text(302, None, ""), Err(Error::BadAnswer { .. })));
        assert!(matches!(open_text(429, Some(9), "slow down"), Err(Error::TooManyRequests { .. })));
    }

    #[test]
    fn a_description_never_holds_the_token() {
        let body = r#"{"ok":false,"error_code":400,"description":"no /bot123456:SIMULATED-TOKEN/x"}"#;
        let error = open_text(400, None, body).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("SIMULATED"), "{error:?}");
    }
}
