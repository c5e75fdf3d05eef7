//! Text as people type it: cleaned, bounded, folded for comparison.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use crate::error::FieldError;

/// Collects what is wrong with several fields, so that a form hears of all of them at once.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<FieldError>);

impl Fields {
    /// Notes a fault of a field.
    pub(crate) fn fault(&mut self, field: &str, code: &'static str, bound: Option<(&'static str, usize)>) {
        let params = bound.map(|(name, value)| (name, value.into())).into_iter().collect::<BTreeMap<_, _>>();
        self.0.push(FieldError { field: field.to_owned(), code, params });
    }

    /// A one-line name: trimmed, without control characters, 1 to `max` graphemes of which something can be seen. Right-to-left
    /// letters turn themselves; the marks that turn whatever stands beside them, in the portal or a letter, are left out.
    pub(crate) fn name(&mut self, field: &str, text: &str, max: usize) -> String {
        let turns = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        let name = one_line(&text.replace(turns, ""));
        let length = name.graphemes(true).count();
        if fold(&name).trim().is_empty() {
            self.fault(field, "required", None);
        } else if length > max || name.len() > max * GRAPHEME_MAX {
            self.fault(field, "too_long", Some(("max", max)));
        }
        name
    }

    /// A password of whom nothing is known: see `password_of`.
    pub(crate) fn password(&mut self, field: &str, text: &str) {
        self.password_of(field, text, &[]);
    }

    /// A password: 10 characters at least (NIST SP 800-63B asks for length, not for classes), 200 at most, and not one that is
    /// guessed in some hundred million tries by who knows words, names, patterns, and `known` of the person.
    pub(crate) fn password_of(&mut self, field: &str, text: &str, known: &[&str]) {
        let length = text.chars().count();
        if length < PASSWORD_MIN {
            self.fault(field, "too_short", Some(("min", PASSWORD_MIN)));
        } else if length > PASSWORD_MAX {
            self.fault(field, "too_long", Some(("max", PASSWORD_MAX)));
        } else if zxcvbn::zxcvbn(text, known).score() < zxcvbn::Score::Three {
            self.fault(field, "too_guessable", None);
        }
    }

    /// Fails if a fault was noted.
    pub(crate) fn done(self) -> crate::error::Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(crate::Error::Invalid(self.0)) }
    }
}

/// How many bytes a character of a name may take on average. A grapheme has no bound of its own (a letter may carry a thousand
/// marks); the longest that people use, a family of four with skin tones, takes 41.
const GRAPHEME_MAX: usize = 48;
const PASSWORD_MIN: usize = 10;
/// The most a password may be long, in characters: hashing is paid for by the byte.
pub const PASSWORD_MAX: usize = 200;

/// The text on one line: control characters and line breaks become spaces, runs of space one, the ends trimmed.
pub(crate) fn one_line(text: &str) -> String {
    let spaced: String = text.nfc().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The form under which two spellings of a login name are the same: compatibility-normalised, case-folded and without what
/// can't be seen (Unicode's identifier caseless match, UAX #31), so `ana`, `ANA`, full-width `ａｎａ` and one with a
/// zero-width space in it don't coexist by accident.
pub(crate) fn fold(text: &str) -> String {
    let visible = text.nfkc().filter(|&c| !is_ignorable(c)).collect::<String>();
    caseless::default_case_fold_str(&visible).nfkc().collect()
}

/// Unicode's `Default_Ignorable_Code_Point`.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// The longest text that Telegram takes in one message. It speaks of characters; counted here in UTF-16 code units, which
/// are never fewer, so that nothing is accepted that would fail.
pub(crate) const MESSAGE_MAX: usize = 4096;

/// Without NUL, which PostgreSQL's text can't hold.
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// At most `max` characters, with an ellipsis where something was cut.
pub(crate) fn shorten(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned_and_bounded() {
        let mut fields = Fields::default();
        assert_eq!(fields.name("name", "  Ana \n\u{0}María  ", 80), "Ana María");
        assert_eq!(fields.name("name", &"👩‍👩‍👧‍👦".repeat(80), 80).graphemes(true).count(), 80);
        assert_eq!(fields.name("name", "محمد\u{200F} \u{2067}عبد", 80), "محمد\u{200F} عبد");
        assert_eq!(fields.name("name", "Ana\u{202E}anA", 80), "AnaanA");
        assert!(fields.done().is_ok());

        let unseen = ["", " \t", "\u{200B}", "\u{3164} \u{2060}", "\u{202E}"].map(|text| (text, "required"));
        for (text, code) in unseen.into_iter().chain([(&*"x".repeat(81), "too_long")]) {
            let mut fields = Fields::default();
            fields.name("name", text, 80);
            let Err(crate::Error::Invalid(errors)) = fields.done() else { panic!("{text:?} passed") };
            assert_eq!(errors[0].code, code);
        }
    }

    #[test]
    fn login_names_fold_case_and_width() {
        assert_eq!(fold("STRASSE"), fold("straße"));
        assert_eq!(fold("Ａｎａ"), fold("ana"));
        assert_eq!(fold("a\u{200B}na\u{FE0F}"), fold("ana"));
        assert_ne!(fold("ana"), fold("anna"));
    }

    #[test]
    fn shortening_cuts_between_characters() {
        assert_eq!(shorten("привет", 3), "при…");
        assert_eq!(shorten("при", 3), "при");
    }
}
