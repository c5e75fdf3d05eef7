//! Updates as they arrive: text first, understanding later.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::Error;

/// Longest kind name kept; Telegram's longest is 25 bytes.
const LONGEST_KIND: usize = 64;

/// One element of `getUpdates`, not decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawUpdate {
    /// `None` when the element is no object, or its `update_id` is missing or no whole number: keep it, but it cannot
    /// be confirmed by itself.
    pub update_id: Option<i64>,
    /// The first key that is not `update_id` (`message`, `my_chat_member` …); `unknown` when there is none.
    pub kind: String,
    /// The element's JSON text, as sent. Always valid UTF-8 and well-formed JSON.
    pub raw: String,
}

impl RawUpdate {
    /// Reads `update_id` and kind of one update's JSON text; never fails.
    pub fn read(raw: &str) -> Self {
        let head = serde_json::from_str::<Head>(raw).unwrap_or_default();
        Self {
            update_id: head.update_id,
            kind: head.kind.unwrap_or_else(|| "unknown".to_owned()),
            raw: raw.to_owned(),
        }
    }
}

/// The elements of a `getUpdates` result.
pub(crate) fn split(result: &RawValue) -> Result<Vec<RawUpdate>, Error> {
    let elements: Vec<&RawValue> = serde_json::from_str(result.get())
        .map_err(|_| Error::BadAnswer { reason: "getUpdates did not answer with a list".to_owned() })?;
    Ok(elements.into_iter().map(|element| RawUpdate::read(element.get())).collect())
}

/// The keys of an update, in the order in which they come (a map type would lose it).
#[derive(Default)]
struct Head {
    update_id: Option<i64>,
    kind: Option<String>,
}

impl<'de> Deserialize<'de> for Head {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Head;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an update")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Head, A::Error> {
                let mut head = Head::default();
                while let Some(Key(key)) = map.next_key()? {
                    if key.as_deref() == Some("update_id") {
                        let value: &RawValue = map.next_value()?;
                        head.update_id = head.update_id.or_else(|| serde_json::from_str(value.get()).ok());
                        continue;
                    }
                    let _: IgnoredAny = map.next_value()?;
                    head.kind = head.kind.or(key.filter(|key| !key.is_empty() && key.len() <= LONGEST_KIND));
                }
                Ok(head)
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// A key, read as bytes: one with a lone surrogate is no reason to lose the `update_id` beside it.
struct Key(Option<String>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Key;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Key, E> {
                Ok(Key(std::str::from_utf8(bytes).ok().map(ToOwned::to_owned)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key, E> {
                Ok(Key(Some(text.to_owned())))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(raw: &str) -> (Option<i64>, String) {
        let update = RawUpdate::read(raw);
        assert_eq!(update.raw, raw);
        (update.update_id, update.kind)
    }

    #[test]
    fn id_and_kind_are_read_and_nothing_fails() {
        let unknown = || "unknown".to_owned();
        assert_eq!(head(r#"{"update_id":5,"message":{}}"#), (Some(5), "message".to_owned()));
        assert_eq!(head(r#"{"message":{},"update_id":5}"#), (Some(5), "message".to_owned()));
        assert_eq!(head(r#"{"update_id":5}"#), (Some(5), unknown()));
        assert_eq!(head(r#"{"update_id":"5","x":1}"#), (None, "x".to_owned()));
        assert_eq!(head(r#"{"update_id":99999999999999999999,"x":1}"#), (None, "x".to_owned()));
        assert_eq!(head(r#"{"update_id":-3,"hologram":null}"#), (Some(-3), "hologram".to_owned()));
        assert_eq!(head("7"), (None, unknown()));
        assert_eq!(head("null"), (None, unknown()));
        assert_eq!(head("[{}]"), (None, unknown()));
        assert_eq!(head(r#"{"\ud83d":1,"update_id":6}"#), (Some(6), unknown()));
        assert_eq!(head(r#"{"update_id":6,"message":{"text":"\ud83d"}}"#), (Some(6), "message".to_owned()));
        assert_eq!(head(&format!(r#"{{"update_id":6,"{}":1}}"#, "k".repeat(1000))), (Some(6), unknown()));
    }

    #[test]
    fn nesting_beyond_any_parser_keeps_the_id() {
        let deep = format!(r#"{{"update_id":6,"message":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(head(&deep), (Some(6), "message".to_owned()));
    }
}
