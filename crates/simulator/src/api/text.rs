//! A text and its formatting, on its way into a chat: parsed, validated, cleaned and trimmed as Telegram does it.

use serde_json::{Map, Value, json};

use super::answer::ApiError;
use super::markup;
use super::params::Params;

/// Longest text, in characters. Bot API: "1-4096 characters after entities parsing"; the published server counts Unicode
/// code points (`utf8_length` against `message_text_length_max`), while entities count UTF-16 code units.
pub(crate) const LONGEST_TEXT: usize = 4096;
/// Longest text before parsing, in bytes.
const LONGEST_RAW: usize = 32 * 1024;
/// Largest offset or length of an entity that is looked at.
const LARGEST_OFFSET: i64 = 1_000_000;
/// Kinds that Telegram finds by itself; given explicitly they are ignored.
const FOUND_BY_ITSELF: &[&str] =
    &["mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"];
/// Kinds that may be given.
const GIVEN: &[&str] = &[
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "code",
    "pre",
    "text_link",
    "text_mention",
    "custom_emoji",
    "blockquote",
    "expandable_blockquote",
    "date_time",
];

/// Formatting of a stretch of text, in UTF-16 code units.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entity {
    pub(crate) kind: String,
    pub(crate) offset: i64,
    pub(crate) length: i64,
    /// `url`, `language` …
    pub(crate) more: Map<String, Value>,
}

impl Entity {
    pub(crate) fn new(kind: &str, offset: i64, end: i64) -> Self {
        Self { kind: kind.to_owned(), offset, length: end - offset, more: Map::new() }
    }

    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.more.insert(key.to_owned(), value.into());
        self
    }

    fn end(&self) -> i64 {
        self.offset.saturating_add(self.length)
    }

    fn into_json(self) -> Value {
        let mut fields = Map::new();
        fields.insert("type".to_owned(), self.kind.into());
        fields.insert("offset".to_owned(), self.offset.into());
        fields.insert("length".to_owned(), self.length.into());
        fields.extend(self.more);
        fields.into()
    }
}

/// The text and entities of a `sendMessage`, except for the length check, which comes later in Telegram's order.
pub(super) fn prepare(params: &Params) -> Result<(String, Vec<Value>), ApiError> {
    let text = params.text("text");
    if text.is_empty() {
        return Err(ApiError::bad("message text is empty"));
    }
    if text.len() > LONGEST_RAW {
        return Err(ApiError::bad("text is too long"));
    }
    let mode = params.text("parse_mode").to_lowercase();
    let (text, mut entities) = match mode.as_str() {
        "" | "none" => {
            let entities = given_entities(params)?;
            (text, entities)
        }
        "html" => markup::html::parse(&text).map_err(|words| unparsable(&words))?,
        "markdown" => markup::markdown::parse(&text).map_err(|words| unparsable(&words))?,
        "markdownv2" => markup::markdown_v2::parse(&text).map_err(|words| unparsable(&words))?,
        _ => return Err(ApiError::bad("unsupported parse_mode")),
    };
    // Telegram's order: by place, the longer first.
    entities.sort_by_key(|entity| (entity.offset, -entity.length));
    let text = tidy(&text, &mut entities)?;
    let mut entities: Vec<Value> = entities.into_iter().map(Entity::into_json).collect();
    if entities.is_empty() {
        entities.extend(command_entity(&text));
    }
    Ok((text, entities))
}

/// The entity of a command with which a text begins. Of everything that Telegram finds in texts by itself (links,
/// hashtags, addresses …) this is the only thing that is imitated.
pub(crate) fn command_entity(text: &str) -> Option<Value> {
    let name = text.strip_prefix('/')?;
    let length = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_@".contains(byte)).count();
    let ends_well = name.as_bytes().get(length).is_none_or(u8::is_ascii_whitespace);
    (length > 0 && length <= 64 && ends_well)
        .then(|| json!({ "type": "bot_command", "offset": 0, "length": length + 1 }))
}

fn unparsable(words: &str) -> ApiError {
    ApiError::bad(format!("can't parse entities: {words}"))
}

fn given_entities(params: &Params) -> Result<Vec<Entity>, ApiError> {
    // What is no list counts as none, as in the published server.
    let Some(Value::Array(given)) = params.json("entities") else { return Ok(Vec::new()) };
    let read = given.into_iter().map(given_entity).collect::<Result<Vec<_>, _>>();
    let entities = read
        .map_err(|words| ApiError::bad(format!("can't parse MessageEntity: {words}")))?
        .into_iter()
        .flatten();
    let mut kept = Vec::new();
    for entity in entities {
        if !(0..=LARGEST_OFFSET).contains(&entity.offset) {
            return Err(ApiError::bad(format!("receive an entity with incorrect offset {}", entity.offset)));
        }
        if !(0..=LARGEST_OFFSET).contains(&entity.length) {
            return Err(ApiError::bad(format!("receive an entity with incorrect length {}", entity.length)));
        }
        if entity.length > 0 {
            kept.push(entity);
        }
    }
    Ok(kept)
}

fn given_entity(value: Value) -> Result<Option<Entity>, String> {
    let Value::Object(mut fields) = value else { return Err("expected an Object".to_owned()) };
    let mut number = |name: &str| match fields.remove(name) {
        None => Err(format!("Can't find field \"{name}\"")),
        Some(value) => value.as_i64().ok_or_else(|| format!("Field \"{name}\" must be a Number")),
    };
    let (offset, length) = (number("offset")?, number("length")?);
    let kind = match fields.remove("type") {
        Some(Value::String(kind)) => kind,
        Some(_) => return Err("Field \"type\" must be of type String".to_owned()),
        None => return Err("Can't find field \"type\"".to_owned()),
    };
    if kind == "text_link" && !fields.contains_key("url") {
        return Err("Can't find field \"url\"".to_owned());
    }
    if kind == "text_mention" && !fields.get("user").is_some_and(Value::is_object) {
        return Err("Can't find field \"user\"".to_owned());
    }
    if FOUND_BY_ITSELF.contains(&kind.as_str()) {
        return Ok(None);
    }
    if !GIVEN.contains(&kind.as_str()) {
        return Err("Unsupported type specified".to_owned());
    }
    Ok(Some(Entity { kind, offset, length, more: fields }))
}

/// Removes carriage returns, makes other control characters spaces, and cuts spaces around; moves the entities along.
fn tidy(text: &str, entities: &mut Vec<Entity>) -> Result<String, ApiError> {
    let (clean, moved) = clean(text);
    for entity in &mut *entities {
        let start = place(&moved, entity.offset, entity)?;
        let end = place(&moved, entity.end(), entity)?;
        (entity.offset, entity.length) = (start, end - start);
    }
    if clean.trim().is_empty() {
        return Err(ApiError::bad("text must be non-empty"));
    }
    let mut text = clean.trim_end().to_owned();
    let end = utf16_length(&text);
    for entity in &mut *entities {
        entity.length = entity.end().min(end) - entity.offset;
    }
    entities.retain(|entity| entity.length > 0);
    // At the front, Telegram spares spaces that are formatted.
    let spared = entities.iter().map(|entity| entity.offset).min().unwrap_or(i64::MAX);
    let spaces = text.bytes().take_while(|byte| b" \n".contains(byte)).count();
    let cut = spaces.min(usize::try_from(spared).unwrap_or(usize::MAX));
    text.drain(..cut);
    let cut = i64::try_from(cut).unwrap_or_default();
    for entity in entities {
        entity.offset -= cut;
    }
    Ok(text)
}

/// The clean text, and for every UTF-16 offset of the old one (its end, too) the new offset; −1 inside a character.
fn clean(text: &str) -> (String, Vec<i64>) {
    let mut clean = String::with_capacity(text.len());
    let mut moved = Vec::with_capacity(text.len() + 1);
    let mut offset = 0;
    for character in text.chars() {
        moved.push(offset);
        if character.len_utf16() == 2 {
            moved.push(-1);
        }
        let character = match character {
            '\r' => continue,
            '\n' => '\n',
            other if other.is_control() => ' ',
            other => other,
        };
        clean.push(character);
        offset += if character.len_utf16() == 2 { 2 } else { 1 };
    }
    moved.push(offset);
    (clean, moved)
}

fn place(moved: &[i64], offset: i64, entity: &Entity) -> Result<i64, ApiError> {
    let begin = entity.offset;
    match usize::try_from(offset).ok().and_then(|offset| moved.get(offset)) {
        Some(-1) if offset == begin => Err(ApiError::bad(format!(
            "entity begins in a middle of a UTF-16 symbol at UTF-16 offset {offset}"
        ))),
        Some(-1) => Err(ApiError::bad(format!(
            "entity beginning at UTF-16 offset {begin} ends in a middle of a UTF-16 symbol at UTF-16 offset {offset}"
        ))),
        Some(place) => Ok(*place),
        None if offset == begin => {
            Err(ApiError::bad(format!("entity begins after the end of the text at UTF-16 offset {begin}")))
        }
        None => Err(ApiError::bad(format!(
            "entity beginning at UTF-16 offset {begin} ends after the end of the text at UTF-16 offset {offset}"
        ))),
    }
}

/// Length in UTF-16 code units.
pub(super) fn utf16_length(text: &str) -> i64 {
    text.chars().map(|character| if character.len_utf16() == 2 { 2 } else { 1 }).sum()
}
