//! HTML: the few tags that Telegram knows.

use super::{Output, Parsed, code_entity, link};
use crate::api::text::Entity;

const TAGS: &[&str] = &[
    "a",
    "b",
    "strong",
    "i",
    "em",
    "s",
    "strike",
    "del",
    "u",
    "ins",
    "tg-spoiler",
    "tg-emoji",
    "tg-time",
    "span",
    "pre",
    "code",
    "blockquote",
];

/// A tag that was opened.
struct Open {
    tag: String,
    /// `href`, class, emoji id … whatever counts for this tag.
    argument: String,
    offset: i64,
    output: usize,
}

pub(in crate::api) fn parse(text: &str) -> Parsed {
    let mut parser = Parser { text, at: 0, output: Output::default(), open: Vec::new(), done: Vec::new() };
    while let Some(character) = parser.peek() {
        match character {
            '&' => {
                let (decoded, length) = entity(&text[parser.at..]).unwrap_or(('&', 1));
                parser.output.push(decoded);
                parser.at += length;
            }
            '<' if parser.text[parser.at..].starts_with("</") => parser.end_tag()?,
            '<' => parser.start_tag()?,
            other => {
                parser.output.push(other);
                parser.at += other.len_utf8();
            }
        }
    }
    if let Some(open) = parser.open.last() {
        return Err(format!("Can't find end tag corresponding to start tag \"{}\"", open.tag));
    }
    Ok((parser.output.text, parser.done))
}

/// `&lt;`, `&#60;`, `&#x3c;`: the character, and how many bytes it took. Others are left as they are.
fn entity(text: &str) -> Option<(char, usize)> {
    if let Some(number) = text.strip_prefix("&#") {
        let (digits, radix, head) = match number.strip_prefix(['x', 'X']) {
            Some(hex) => (hex, 16, 3),
            None => (number, 10, 2),
        };
        let length = digits.find(|digit: char| !digit.is_digit(radix)).unwrap_or(digits.len());
        let code = u32::from_str_radix(&digits[..length], radix).ok().filter(|code| *code != 0)?;
        let semicolon = usize::from(digits[length..].starts_with(';'));
        return Some((char::from_u32(code)?, head + length + semicolon));
    }
    [("&lt", '<'), ("&gt", '>'), ("&amp", '&'), ("&quot", '"')].into_iter().find_map(|(name, character)| {
        let rest = text.strip_prefix(name)?;
        if rest.starts_with(|next: char| next.is_ascii_alphabetic()) {
            return None;
        }
        Some((character, name.len() + usize::from(rest.starts_with(';'))))
    })
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    output: Output,
    open: Vec<Open>,
    done: Vec<Entity>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..).and_then(|rest| rest.chars().next())
    }

    /// The bytes from here on that satisfy `wanted`.
    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.find(|character| !wanted(character)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn spaces(&mut self) {
        self.take(|character| character.is_ascii_whitespace());
    }

    fn start_tag(&mut self) -> Result<(), String> {
        let begin = self.at;
        self.at += 1;
        let tag = self.take(|c| !c.is_ascii_whitespace() && c != '>').to_ascii_lowercase();
        if self.peek().is_none() {
            return Err(format!("Unclosed start tag at byte offset {begin}"));
        }
        if !TAGS.contains(&tag.as_str()) {
            return Err(format!("Unsupported start tag \"{tag}\" at byte offset {begin}"));
        }
        let mut argument = String::new();
        loop {
            self.spaces();
            if self.peek() == Some('>') {
                self.at += 1;
                break;
            }
            let (name, value) = self.attribute(&tag, begin)?;
            if let Some(value) = argument_of(&tag, &name, value) {
                argument = value;
            }
        }
        if tag == "span" && argument != "spoiler" {
            return Err(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {begin}"));
        }
        self.open.push(Open { tag, argument, offset: self.output.utf16, output: self.output.text.len() });
        Ok(())
    }

    fn attribute(&mut self, tag: &str, begin: usize) -> Result<(String, String), String> {
        let name = self.take(|c| !c.is_ascii_whitespace() && !"=>/\"'".contains(c)).to_owned();
        if name.is_empty() {
            return Err(format!("Empty attribute name in the tag \"{tag}\" at byte offset {begin}"));
        }
        let unclosed = || format!("Unclosed start tag \"{tag}\" at byte offset {begin}");
        self.spaces();
        match self.peek() {
            None => return Err(unclosed()),
            Some('=') => self.at += 1,
            Some(_) => return Ok((name, String::new())),
        }
        self.spaces();
        let value = match self.peek() {
            None => return Err(unclosed()),
            Some(quote @ ('"' | '\'')) => {
                self.at += 1;
                let raw = self.take(|character| character != quote);
                self.at += 1;
                decoded(raw)
            }
            Some(_) => {
                let start = self.at;
                let token =
                    self.take(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-').to_ascii_lowercase();
                if self.peek().is_some_and(|next| !next.is_ascii_whitespace() && next != '>') {
                    return Err(format!("Unexpected end of name token at byte offset {start}"));
                }
                token
            }
        };
        if self.peek().is_none() {
            return Err(format!("Unclosed start tag at byte offset {begin}"));
        }
        Ok((name, value))
    }

    fn end_tag(&mut self) -> Result<(), String> {
        let begin = self.at;
        let Some(open) = self.open.pop() else {
            return Err(format!("Unexpected end tag at byte offset {begin}"));
        };
        self.at += 2;
        let name = self.take(|c| !c.is_ascii_whitespace() && c != '>').to_ascii_lowercase();
        self.spaces();
        if self.peek() != Some('>') {
            return Err(format!("Unclosed end tag at byte offset {begin}"));
        }
        self.at += 1;
        if !name.is_empty() && name != open.tag {
            let expected = &open.tag;
            return Err(format!(
                "Unmatched end tag at byte offset {begin}, expected \"</{expected}>\", found \"</{name}>\""
            ));
        }
        if self.output.utf16 > open.offset {
            self.close(&open)?;
        }
        Ok(())
    }

    fn close(&mut self, open: &Open) -> Result<(), String> {
        let (offset, end) = (open.offset, self.output.utf16);
        let plain = |kind: &str| Some(Entity::new(kind, offset, end));
        let entity = match open.tag.as_str() {
            "b" | "strong" => plain("bold"),
            "i" | "em" => plain("italic"),
            "u" | "ins" => plain("underline"),
            "s" | "strike" | "del" => plain("strikethrough"),
            "tg-spoiler" | "span" => plain("spoiler"),
            "blockquote" if !open.argument.is_empty() => plain("expandable_blockquote"),
            "blockquote" => plain("blockquote"),
            "a" if open.argument.is_empty() => {
                link(self.output.text.get(open.output..).unwrap_or_default(), offset, end)
            }
            "a" => link(&open.argument, offset, end),
            "tg-emoji" => {
                let valid = open.argument.parse::<i64>().is_ok_and(|id| id != 0);
                if !valid {
                    return Err("Invalid custom emoji identifier specified".to_owned());
                }
                Some(Entity::new("custom_emoji", offset, end).with("custom_emoji_id", &open.argument))
            }
            "pre" => self.pre(offset, end),
            "code" => Some(Entity::new("code", offset, end).with("language", &open.argument)),
            _ => None,
        };
        self.done.extend(entity);
        if open.tag == "code" && self.open.last().is_none_or(|outer| outer.tag != "pre") {
            self.forget_language();
        }
        Ok(())
    }

    /// `<pre><code class="language-…">` is one entity.
    fn pre(&mut self, offset: i64, end: i64) -> Option<Entity> {
        let inner =
            self.done.last().filter(|e| e.kind == "code" && e.offset == offset && e.length == end - offset);
        let Some(language) = inner.and_then(|e| e.more.get("language")?.as_str()).map(ToOwned::to_owned)
        else {
            self.forget_language();
            return code_entity(None, offset, end).into();
        };
        if language.is_empty() {
            self.forget_language();
            return code_entity(None, offset, end).into();
        }
        self.done.pop();
        Some(code_entity(Some(&language), offset, end))
    }

    /// Code outside of `<pre>` has no language.
    fn forget_language(&mut self) {
        if let Some(entity) = self.done.last_mut().filter(|entity| entity.kind == "code") {
            entity.more.clear();
        }
    }
}

/// What an attribute means for its tag.
fn argument_of(tag: &str, name: &str, value: String) -> Option<String> {
    match (tag, name) {
        ("a", "href") | ("tg-emoji", "emoji-id") => Some(value),
        ("code", "class") => value.strip_prefix("language-").map(ToOwned::to_owned),
        ("span", "class") => value.strip_prefix("tg-").map(ToOwned::to_owned),
        ("blockquote", "expandable") => Some("1".to_owned()),
        _ => None,
    }
}

fn decoded(raw: &str) -> String {
    let mut value = String::new();
    let mut at = 0;
    while let Some(character) = raw.get(at..).and_then(|rest| rest.chars().next()) {
        let found = if character == '&' { entity(&raw[at..]) } else { None };
        let (decoded, length) = found.unwrap_or((character, character.len_utf8()));
        value.push(decoded);
        at += length;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_nest_and_entities_are_decoded() {
        let (text, entities) =
            parse("<b>a <i>b</i></b> &lt;&#x1F600;&amp;x <a href=\"http://x.org?a&amp;b\">l</a> <pre><code class=\"language-rust\">fn</code></pre> <code>c</code>")
                .unwrap();
        assert_eq!(text, "a b <😀&x l fn c");
        let found: Vec<_> = entities.iter().map(|e| (e.kind.as_str(), e.offset, e.length)).collect();
        assert_eq!(
            found,
            [("italic", 2, 1), ("bold", 0, 3), ("text_link", 10, 1), ("pre", 12, 2), ("code", 15, 1)]
        );
        assert_eq!(entities[2].more["url"], "http://x.org/?a&b");
        assert_eq!(entities[3].more["language"], "rust");
        assert!(entities[4].more.is_empty());
    }

    #[test]
    fn broken_markup_has_telegrams_words() {
        for (source, words) in [
            ("<b>x", "Can't find end tag corresponding to start tag \"b\""),
            ("x</b>", "Unexpected end tag at byte offset 1"),
            ("<b>x</i>", "Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\""),
            ("ж<div>x</div>", "Unsupported start tag \"div\" at byte offset 2"),
            ("a < b", "Unsupported start tag \"\" at byte offset 2"),
            ("a <b", "Unclosed start tag at byte offset 2"),
            ("<b =x>y</b>", "Empty attribute name in the tag \"b\" at byte offset 0"),
            ("<a href=http://x>y</a>", "Unexpected end of name token at byte offset 8"),
            ("<span>x</span>", "Tag \"span\" must have class \"tg-spoiler\" at byte offset 0"),
            ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ] {
            assert_eq!(parse(source).unwrap_err(), words, "{source}");
        }
    }
}
