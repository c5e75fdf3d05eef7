//! The old Markdown: no nesting, backslash only before `_ * [` and a backtick.

use super::{Output, Parsed, code_entity, code_head, link};
use crate::api::text::Entity;

pub(in crate::api) fn parse(text: &str) -> Parsed {
    let bytes = text.as_bytes();
    let mut output = Output::default();
    let mut entities = Vec::new();
    let mut at = 0;
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        match character {
            '\\' if bytes.get(at + 1).is_some_and(|next| b"_*`[".contains(next)) => {
                output.push(char::from(bytes[at + 1]));
                at += 2;
            }
            '_' | '*' | '`' | '[' => {
                let (entity, next) = parse_entity(text, at, &mut output)?;
                entities.extend(entity);
                at = next;
            }
            other => {
                output.push(other);
                at += other.len_utf8();
            }
        }
    }
    Ok((output.text, entities))
}

/// Parses the entity that begins at byte `begin`; gives it and the byte after it.
fn parse_entity(text: &str, begin: usize, output: &mut Output) -> Result<(Option<Entity>, usize), String> {
    let mark = text.as_bytes()[begin];
    let is_block = mark == b'`' && text[begin..].starts_with("```");
    let (language, start) = if is_block { code_head(text, begin + 3) } else { (None, begin + 1) };
    let end_mark = match mark {
        b'[' => "]",
        b'`' if is_block => "```",
        b'`' => "`",
        b'*' => "*",
        _ => "_",
    };
    let length = text
        .get(start..)
        .and_then(|rest| rest.find(end_mark))
        .ok_or_else(|| format!("Can't find end of the entity starting at byte offset {begin}"))?;
    let content = &text[start..start + length];
    let offset = output.utf16;
    output.push_str(content);
    let mut after = start + length + end_mark.len();
    let mut url = content;
    if mark == b'[' && text[after..].starts_with('(') && !content.is_empty() {
        let target = &text[after + 1..];
        let close = target.find(')').unwrap_or(target.len());
        url = &target[..close];
        after = (after + 1 + close + 1).min(text.len());
    }
    if content.is_empty() {
        return Ok((None, after));
    }
    let entity = match mark {
        b'_' => Some(Entity::new("italic", offset, output.utf16)),
        b'*' => Some(Entity::new("bold", offset, output.utf16)),
        b'[' => link(url, offset, output.utf16),
        _ if is_block => Some(code_entity(language, offset, output.utf16)),
        _ => Some(Entity::new("code", offset, output.utf16)),
    };
    Ok((entity, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_entities() {
        let (text, entities) = parse("a *bold* _it_ `c` [x](example.com) \\*no ```rust\nfn```").unwrap();
        assert_eq!(text, "a bold it c x *no fn");
        let kinds: Vec<_> = entities.iter().map(|e| (e.kind.as_str(), e.offset, e.length)).collect();
        assert_eq!(
            kinds,
            [("bold", 2, 4), ("italic", 7, 2), ("code", 10, 1), ("text_link", 12, 1), ("pre", 18, 2)]
        );
        assert_eq!(entities[3].more["url"], "http://example.com/");
        assert_eq!(entities[4].more["language"], "rust");
    }

    #[test]
    fn an_open_mark_is_an_error() {
        assert_eq!(parse("ж *bold").unwrap_err(), "Can't find end of the entity starting at byte offset 3");
        assert_eq!(
            parse("snake_case").unwrap_err(),
            "Can't find end of the entity starting at byte offset 5"
        );
        assert_eq!(parse("**").unwrap(), (String::new(), Vec::new()));
    }
}
