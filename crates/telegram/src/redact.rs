//! Nothing a server or a library says is kept before the token is taken out of it.

use secrecy::{ExposeSecret, SecretString};

/// Longest description kept, in characters.
const LONGEST: usize = 300;

/// `words` on one line, at most 300 characters, with the token (plain or percent-encoded, and its secret part alone)
/// replaced.
pub(crate) fn redact(words: &str, token: &SecretString) -> String {
    let token = token.expose_secret();
    let mut clean: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if !token.is_empty() {
        clean = clean.replace(token, "[token]");
        clean = clean
            .replace(&token.replace(':', "%3A"), "[token]")
            .replace(&token.replace(':', "%3a"), "[token]");
        if let Some((_, secret)) = token.split_once(':')
            && secret.len() >= 8
        {
            clean = clean.replace(secret, "[token]");
        }
    }
    shorten(&clean)
}

fn shorten(words: &str) -> String {
    if words.chars().count() <= LONGEST {
        return words.trim().to_owned();
    }
    let mut short: String = words.chars().take(LONGEST).collect();
    short.push('…');
    short
}

/// The words of an error and of its causes, without a repetition (libraries like to quote their cause).
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.contains(&more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_taken_out_in_every_spelling() {
        let token = SecretString::from("123456:SIMULATED-TOKEN");
        let said = redact("a 123456:SIMULATED-TOKEN b 123456%3ASIMULATED-TOKEN c\nSIMULATED-TOKEN", &token);
        assert_eq!(said, "a [token] b [token] c [token]");
    }

    #[test]
    fn long_words_are_shortened_between_characters() {
        let token = SecretString::from("123456:SIMULATED-TOKEN");
        let said = redact(&"ж".repeat(1000), &token);
        assert_eq!(said.chars().count(), LONGEST + 1);
        assert!(said.ends_with('…'));
    }
}
