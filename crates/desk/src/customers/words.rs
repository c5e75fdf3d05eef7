//! The words by which customers are found. Those of scripts that leave no spaces between words are pairs of characters, so that any
//! part of a name is found; of the others, beginnings are.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::Customer;
use crate::text::fold;

/// The longest word that is kept, in characters.
const LONGEST: usize = 40;
/// The most words of one customer, and of one question.
const MOST: usize = 48;

/// The words by which this customer is found.
pub(super) fn of(customer: &Customer) -> BTreeSet<String> {
    let Customer { first_name, last_name, username, telegram_id, .. } = customer;
    let mut words = BTreeSet::from([telegram_id.to_string()]);
    for text in [first_name, last_name].into_iter().chain(username) {
        for run in runs(text) {
            match run {
                Run::Spaced(word) => _ = words.insert(word),
                Run::Dense(characters) => {
                    words.extend(characters.windows(2).map(String::from_iter));
                    // Whoever asks for one character asks for pairs that begin with it: the last one begins none.
                    words.extend(characters.last().map(char::to_string));
                }
            }
        }
    }
    words.into_iter().take(MOST).collect()
}

/// What the words have to begin with, all of them; empty: nothing that could be found by.
pub(crate) fn asked(text: &str) -> Vec<String> {
    let mut words = BTreeSet::new();
    for run in runs(text) {
        match run {
            Run::Spaced(word) => _ = words.insert(word),
            Run::Dense(characters) if characters.len() == 1 => {
                words.extend(characters.iter().map(char::to_string));
            }
            Run::Dense(characters) => words.extend(characters.windows(2).map(String::from_iter)),
        }
    }
    // The longest first: fewest have it.
    let mut words: Vec<_> = words.into_iter().take(MOST).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

enum Run {
    /// A word between spaces or signs.
    Spaced(String),
    /// Characters between which words have no borders.
    Dense(Vec<char>),
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut goes_on = false;
    for c in folded(text).chars() {
        let dense = is_dense(c);
        match runs.last_mut() {
            _ if !c.is_alphanumeric() => goes_on = false,
            Some(Run::Dense(characters)) if goes_on && dense => characters.push(c),
            Some(Run::Spaced(word)) if goes_on && !dense => {
                if word.chars().count() < LONGEST {
                    word.push(c);
                }
            }
            _ => {
                runs.push(if dense { Run::Dense(vec![c]) } else { Run::Spaced(c.to_string()) });
                goes_on = true;
            }
        }
    }
    runs
}

/// Case, width and accents don't count.
fn folded(text: &str) -> String {
    fold(text).nfkd().filter(|&c| !is_combining_mark(c)).nfkc().collect()
}

/// Han, kana, hangul, Thai, Lao, Khmer and Burmese.
fn is_dense(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::{CustomerId, ProjectId};

    fn called(first_name: &str, last_name: &str, username: Option<&str>) -> Customer {
        Customer {
            id: CustomerId::new(Timestamp(0)),
            project_id: ProjectId::new(Timestamp(0)),
            telegram_id: 7_012_345,
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            username: username.map(str::to_owned),
            language: None,
            avatar: None,
            blocked: false,
            tags: Vec::new(),
            fields: std::collections::BTreeMap::new(),
            source: None,
            first_seen_at: Timestamp(0),
            last_seen_at: Timestamp(0),
            version: 1,
        }
    }

    fn finds(question: &str, customer: &Customer) -> bool {
        let (words, asked) = (of(customer), asked(question));
        !asked.is_empty() && asked.iter().all(|word| words.iter().any(|it| it.starts_with(word.as_str())))
    }

    #[rstest]
    #[case("ana", true)]
    #[case("ANA", true)]
    #[case("mar", true)]
    #[case("maria jo", true)]
    #[case("jose ana", true)]
    #[case("José", true)]
    #[case("@shop_lover", true)]
    #[case("lover", true)]
    #[case("70123", true)]
    #[case("aria", false)]
    #[case("ana peter", false)]
    #[case("🌸", false)]
    #[case("", false)]
    fn beginnings_of_words_are_found(#[case] question: &str, #[case] expected: bool) {
        assert_eq!(finds(question, &called("Ana María 🌸", "José-Luis", Some("shop_lover"))), expected);
    }

    #[rstest]
    #[case("王", true)]
    #[case("小", true)]
    #[case("明", true)]
    #[case("小明", true)]
    #[case("王小明", true)]
    #[case("明小", false)]
    #[case("王明", false)]
    fn any_part_of_a_dense_name_is_found(#[case] question: &str, #[case] expected: bool) {
        assert_eq!(finds(question, &called("王小明", "", None)), expected);
    }

    #[test]
    fn scripts_may_be_mixed_and_names_long() {
        assert!(
            finds("철수", &called("김철수Kim", "", None)) && finds("kim", &called("김철수Kim", "", None))
        );
        assert!(finds("Пётр", &called("Петр", "", None)) && finds("петр", &called("ПЁТР", "", None)));
        let long = "x".repeat(500);
        assert!(finds(&long, &called(&long, "", None)));
        assert!(of(&called(&"a b ".repeat(300), &"字".repeat(300), None)).len() <= MOST);
    }
}
