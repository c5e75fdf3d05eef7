//! `parse_mode`: HTML, `MarkdownV2` and the old Markdown, with the published server's rules and error texts.

pub(super) mod html;
pub(super) mod markdown;
pub(super) mod markdown_v2;

use super::text::{Entity, utf16_length};

/// A parsed text, or why it cannot be parsed.
type Parsed = Result<(String, Vec<Entity>), String>;

/// The text written so far, with its length in UTF-16 code units.
#[derive(Default)]
struct Output {
    text: String,
    utf16: i64,
}

impl Output {
    fn push(&mut self, character: char) {
        self.text.push(character);
        self.utf16 += if character.len_utf16() == 2 { 2 } else { 1 };
    }

    fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
        self.utf16 += utf16_length(text);
    }
}

/// The link as Telegram keeps it: with a scheme and a path; `None` when it is none (then the text stays unformatted).
fn checked_link(url: &str) -> Option<String> {
    let url = url.trim();
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => ("http".to_owned(), url),
    };
    let known = matches!(scheme.as_str(), "http" | "https" | "ftp" | "tg" | "ton" | "tonsite");
    if !known || rest.is_empty() || rest.contains(char::is_whitespace) {
        return None;
    }
    if scheme == "tg" || scheme == "ton" {
        return Some(format!("{scheme}://{rest}"));
    }
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(host_end);
    if !host.contains('.') && host.split(':').next() != Some("localhost") {
        return None;
    }
    let slash = if path.starts_with('/') { "" } else { "/" };
    Some(format!("{scheme}://{host}{slash}{path}"))
}

/// The entity of a link: `None` for what is no link, and for mentions of people by id (nobody here is known that way).
fn link(url: &str, offset: i64, end: i64) -> Option<Entity> {
    if url.starts_with("tg://user?id=") {
        return None;
    }
    checked_link(url).map(|url| Entity::new("text_link", offset, end).with("url", &url))
}

/// What stands between three backticks: the language, if there is one, and the byte where the text begins.
fn code_head(text: &str, at: usize) -> (Option<&str>, usize) {
    let rest = text.get(at..).unwrap_or_default();
    let word = rest.find(|c: char| c.is_ascii_whitespace() || c == '`').unwrap_or(rest.len());
    let language =
        (word > 0 && word < rest.len() && rest.as_bytes().get(word) != Some(&b'`')).then(|| &rest[..word]);
    let start = at + language.map_or(0, str::len);
    let bytes = text.as_bytes();
    let newline = |place: usize| bytes.get(place).is_some_and(|byte| matches!(byte, b'\n' | b'\r'));
    let skipped = match (newline(start), newline(start + 1)) {
        (true, true) if bytes.get(start) != bytes.get(start + 1) => 2,
        (true, _) => 1,
        _ => 0,
    };
    (language, start + skipped)
}

fn code_entity(language: Option<&str>, offset: i64, end: i64) -> Entity {
    let entity = Entity::new("pre", offset, end);
    match language {
        Some(language) => entity.with("language", language),
        None => entity,
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;

    const PIECES: &[&str] = &[
        "*",
        "_",
        "__",
        "~",
        "||",
        "`",
        "```",
        "[",
        "]",
        "(",
        ")",
        "!",
        ">",
        "\n",
        "\r",
        "\\",
        "<b>",
        "</b>",
        "<a href=\"",
        "\">",
        "</a>",
        "<pre>",
        "</pre>",
        "<code class='language-x'>",
        "</code>",
        "&lt",
        "&#x1F600;",
        "&#",
        "<",
        "=",
        "/",
        " ",
        "a",
        "ж",
        "😀",
        "x.org",
        "tg://emoji?id=5",
    ];

    #[test]
    fn no_source_breaks_a_parser() {
        let mut dice = StdRng::seed_from_u64(1);
        for _ in 0..50_000 {
            let length = dice.random_range(0..12);
            let source: String = (0..length).map(|_| PIECES[dice.random_range(0..PIECES.len())]).collect();
            for parsed in [html::parse(&source), markdown::parse(&source), markdown_v2::parse(&source)] {
                let Ok((text, entities)) = parsed else { continue };
                let end = utf16_length(&text);
                let fits = |entity: &Entity| {
                    entity.offset >= 0 && entity.length > 0 && entity.offset + entity.length <= end
                };
                assert!(entities.iter().all(fits), "{source:?}: {text:?} {entities:?}");
            }
        }
    }
}
