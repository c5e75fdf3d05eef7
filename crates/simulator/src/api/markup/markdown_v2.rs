//! `MarkdownV2`: nesting, and everything reserved must be escaped.

use super::{Output, Parsed, code_entity, code_head, link};
use crate::api::text::Entity;

/// Must be escaped outside of code.
const RESERVED: &str = "_*[]()~`>#+-=|{}.!\n";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Bold,
    Italic,
    Underline,
    Strikethrough,
    Spoiler,
    Code,
    Pre,
    PreCode,
    TextUrl,
    CustomEmoji,
    BlockQuote,
}

/// A mark that was opened.
struct Open<'a> {
    kind: Kind,
    language: Option<&'a str>,
    offset: i64,
    /// Byte of the mark in the source, for error texts.
    source: usize,
    /// Byte in the output, for links that are their own text.
    output: usize,
}

pub(in crate::api) fn parse(text: &str) -> Parsed {
    let mut parser =
        Parser { text, at: 0, output: Output::default(), open: Vec::new(), done: Vec::new(), line: true };
    while let Some(character) = parser.text.get(parser.at..).and_then(|rest| rest.chars().next()) {
        parser.step(character)?;
    }
    parser.finish()
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    output: Output,
    open: Vec<Open<'a>>,
    done: Vec<Entity>,
    /// At the beginning of a line, where `>` begins a quotation.
    line: bool,
}

impl Parser<'_> {
    fn step(&mut self, character: char) -> Result<(), String> {
        if let Some(escaped) = self.escaped(self.at) {
            self.put(escaped);
            self.at += 2;
            return Ok(());
        }
        let in_code =
            matches!(self.open.last().map(|open| open.kind), Some(Kind::Code | Kind::Pre | Kind::PreCode));
        let special = if in_code { character == '`' } else { RESERVED.contains(character) };
        if !special {
            self.put(character);
            self.at += character.len_utf8();
            return Ok(());
        }
        if self.ends_quote(character) {
            return self.close_quote();
        }
        match self.open.last().map(|open| open.kind) {
            Some(kind) if self.ends(kind, character) => self.close(kind),
            _ => self.begin(character),
        }
    }

    fn put(&mut self, character: char) {
        self.output.push(character);
        if character != '\r' {
            self.line = character == '\n';
        }
    }

    fn escaped(&self, at: usize) -> Option<char> {
        let bytes = self.text.as_bytes();
        let next = bytes.get(at + 1).filter(|next| (1..=126).contains(*next))?;
        (bytes.get(at) == Some(&b'\\')).then(|| char::from(*next))
    }

    fn next_is(&self, words: &str) -> bool {
        self.text.get(self.at..).is_some_and(|rest| rest.starts_with(words))
    }

    fn ends(&self, kind: Kind, character: char) -> bool {
        match kind {
            Kind::Bold => character == '*',
            Kind::Italic => character == '_' && !self.next_is("__"),
            Kind::Underline => self.next_is("__"),
            Kind::Strikethrough => character == '~',
            Kind::Spoiler => self.next_is("||"),
            Kind::Code => character == '`',
            Kind::Pre | Kind::PreCode => self.next_is("```"),
            Kind::TextUrl | Kind::CustomEmoji => character == ']',
            Kind::BlockQuote => false,
        }
    }

    fn begin(&mut self, character: char) -> Result<(), String> {
        let source = self.at;
        let (kind, marks) = match character {
            '_' if self.next_is("__") => (Kind::Underline, 2),
            '_' => (Kind::Italic, 1),
            '*' => (Kind::Bold, 1),
            '~' => (Kind::Strikethrough, 1),
            '|' if self.next_is("||") => (Kind::Spoiler, 2),
            '[' => (Kind::TextUrl, 1),
            '!' if self.next_is("![") => (Kind::CustomEmoji, 2),
            '`' if self.next_is("```") => (Kind::Pre, 3),
            '`' => (Kind::Code, 1),
            '\n' => {
                self.put('\n');
                self.at += 1;
                return Ok(());
            }
            '>' if self.line && self.in_quote() => {
                self.at += 1;
                return Ok(());
            }
            '>' if self.line => (Kind::BlockQuote, 1),
            other => {
                return Err(format!(
                    "Character '{other}' is reserved and must be escaped with the preceding '\\'"
                ));
            }
        };
        self.at += marks;
        let mut open =
            Open { kind, language: None, offset: self.output.utf16, source, output: self.output.text.len() };
        if kind == Kind::Pre {
            (open.language, self.at) = code_head(self.text, self.at);
            if open.language.is_some() {
                open.kind = Kind::PreCode;
            }
        }
        self.open.push(open);
        Ok(())
    }

    fn close(&mut self, kind: Kind) -> Result<(), String> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        self.at += match kind {
            Kind::Underline | Kind::Spoiler => 2,
            Kind::Pre | Kind::PreCode => 3,
            _ => 1,
        };
        let end = self.output.utf16;
        let url = match kind {
            Kind::TextUrl | Kind::CustomEmoji => self.target()?,
            _ => None,
        };
        let entity = match kind {
            Kind::TextUrl => {
                let own = self.output.text.get(open.output..).unwrap_or_default().to_owned();
                link(&url.unwrap_or(own), open.offset, end)
            }
            Kind::CustomEmoji => Some(custom_emoji(url.as_deref(), open.offset, end)?),
            _ => Some(open.entity(end)),
        };
        self.done.extend(entity.filter(|entity| entity.length > 0));
        Ok(())
    }

    /// `(url)` after a closing bracket.
    fn target(&mut self) -> Result<Option<String>, String> {
        if !self.next_is("(") {
            return Ok(None);
        }
        self.at += 1;
        let begin = self.at;
        let mut url = String::new();
        while let Some(character) = self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            if let Some(escaped) = self.escaped(self.at) {
                url.push(escaped);
                self.at += 2;
                continue;
            }
            self.at += character.len_utf8();
            if character == ')' {
                return Ok(Some(url));
            }
            url.push(character);
        }
        Err(format!("Can't find end of a URL at byte offset {begin}"))
    }

    fn in_quote(&self) -> bool {
        self.open.iter().any(|open| open.kind == Kind::BlockQuote)
    }

    /// A line break that no further `>` follows.
    fn ends_quote(&self, character: char) -> bool {
        character == '\n' && self.in_quote() && self.text.as_bytes().get(self.at + 1) != Some(&b'>')
    }

    fn close_quote(&mut self) -> Result<(), String> {
        let kind = self.quote_kind(self.at)?;
        self.put('\n');
        self.at += 1;
        self.end_quote(kind);
        Ok(())
    }

    /// A quotation whose last line ends in `||` is one that can be unfolded. Anything else open in it is an error.
    fn quote_kind(&mut self, at: usize) -> Result<&'static str, String> {
        let unfolds =
            self.open.last().is_some_and(|open| open.kind == Kind::Spoiler && open.source + 2 == at);
        if unfolds {
            self.open.pop();
        }
        match self.open.last() {
            Some(open) if open.kind != Kind::BlockQuote => Err(open.unclosed()),
            _ => Ok(if unfolds { "expandable_blockquote" } else { "blockquote" }),
        }
    }

    fn end_quote(&mut self, kind: &str) {
        if let Some(open) = self.open.pop() {
            self.done.push(Entity::new(kind, open.offset, self.output.utf16));
        }
    }

    fn finish(mut self) -> Parsed {
        if self.in_quote() {
            let kind = self.quote_kind(self.text.len())?;
            self.end_quote(kind);
        }
        if let Some(open) = self.open.last() {
            return Err(open.unclosed());
        }
        self.done.retain(|entity| entity.length > 0);
        Ok((self.output.text, self.done))
    }
}

impl Open<'_> {
    fn entity(&self, end: i64) -> Entity {
        let kind = match self.kind {
            Kind::Bold => "bold",
            Kind::Italic => "italic",
            Kind::Underline => "underline",
            Kind::Strikethrough => "strikethrough",
            Kind::Spoiler => "spoiler",
            Kind::Code => "code",
            _ => return code_entity(self.language, self.offset, end),
        };
        Entity::new(kind, self.offset, end)
    }

    fn unclosed(&self) -> String {
        format!("Can't find end of {:?} entity at byte offset {}", self.kind, self.source)
    }
}

fn custom_emoji(url: Option<&str>, offset: i64, end: i64) -> Result<Entity, String> {
    let url = url.ok_or("The entity must contain a tg://emoji or tg://time URL")?;
    let id = url.strip_prefix("tg://emoji?id=").filter(|id| id.parse::<i64>().is_ok_and(|id| id != 0));
    let id = id.ok_or("Invalid tg://emoji or tg://time URL specified")?;
    Ok(Entity::new("custom_emoji", offset, end).with("custom_emoji_id", id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> (String, Vec<(String, i64, i64)>) {
        let (text, entities) = parse(source).unwrap();
        (text, entities.into_iter().map(|entity| (entity.kind, entity.offset, entity.length)).collect())
    }

    fn kind(name: &str, offset: i64, length: i64) -> (String, i64, i64) {
        (name.to_owned(), offset, length)
    }

    #[test]
    fn marks_nest() {
        let (text, found) = kinds("*b _i_ __u__* ~s~ ||x|| `c_d` 😀\\.");
        assert_eq!(text, "b i u s x c_d 😀.");
        let expected = [("italic", 2, 1), ("underline", 4, 1), ("bold", 0, 5), ("strikethrough", 6, 1)];
        let expected = expected.into_iter().chain([("spoiler", 8, 1), ("code", 10, 3)]);
        assert_eq!(
            found,
            expected.map(|(name, offset, length)| kind(name, offset, length)).collect::<Vec<_>>()
        );
    }

    #[test]
    fn links_code_and_quotations() {
        let (text, entities) = parse("[a](https://x\\.org/\\)) ```py\nx=1```").unwrap();
        assert_eq!(text, "a x=1");
        assert_eq!(entities[0].more["url"], "https://x.org/)");
        assert_eq!(entities[1].more["language"], "py");
        assert_eq!(kinds(">a\n>b\nc"), ("a\nb\nc".to_owned(), vec![kind("blockquote", 0, 4)]));
        assert_eq!(kinds(">a\n>b||"), ("a\nb".to_owned(), vec![kind("expandable_blockquote", 0, 3)]));
    }

    #[test]
    fn broken_markup_has_telegrams_words() {
        let reserved = |c| format!("Character '{c}' is reserved and must be escaped with the preceding '\\'");
        assert_eq!(parse("a.").unwrap_err(), reserved('.'));
        assert_eq!(parse("a > b").unwrap_err(), reserved('>'));
        assert_eq!(parse("a | b").unwrap_err(), reserved('|'));
        assert_eq!(parse("ж *b").unwrap_err(), "Can't find end of Bold entity at byte offset 3");
        assert_eq!(parse("*_b*_").unwrap_err(), "Can't find end of Italic entity at byte offset 4");
        assert_eq!(parse("[a](b").unwrap_err(), "Can't find end of a URL at byte offset 4");
        assert_eq!(parse("![a](b)").unwrap_err(), "Invalid tg://emoji or tg://time URL specified");
        assert_eq!(parse(">*a\nb*").unwrap_err(), "Can't find end of Bold entity at byte offset 1");
    }
}
