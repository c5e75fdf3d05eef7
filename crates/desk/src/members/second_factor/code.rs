//! Codes: pure rules.

use qrcode::{Color, QrCode};
use rand::seq::IndexedRandom as _;
use secrecy::SecretString;
use subtle::ConstantTimeEq as _;
use totp_rs::{Algorithm, Secret, TOTP};

use super::NewSecondFactor;
use crate::clock::Timestamp;
use crate::error::{Error, Result};

/// How long a code is shown, in seconds.
const STEP: u64 = 30;
const DIGITS: usize = 6;
/// What recovery codes are made of: no letter is another one's double.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// Characters of a recovery code: some 80 bits.
const LENGTH: usize = 16;

/// A new secret in base 32, of 160 bits as the RFC asks.
pub(super) fn new_secret() -> SecretString {
    Secret::Raw(rand::random::<[u8; 20]>().to_vec()).to_encoded().to_string().into()
}

/// Makes codes from a secret.
pub(super) struct Generator(TOTP);

impl Generator {
    /// From a secret in base 32.
    pub(super) fn new(secret: &str) -> Result<Self> {
        let fault = |_| Error::Internal("the secret of a second factor is none".to_owned());
        let bytes = Secret::Encoded(secret.to_owned()).to_bytes().map_err(fault)?;
        let totp = TOTP::new(Algorithm::SHA1, DIGITS, 1, STEP, bytes);
        totp.map(Self).map_err(|error| Error::Internal(error.to_string()))
    }

    /// The step of which `code` is, if it is one of now or, because clocks differ, of the step before or after.
    pub(super) fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let typed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let now = u64::try_from(now.0).ok()? / 1_000 / STEP;
        let steps = now.saturating_sub(1)..=now + 1;
        let right = |step: &u64| {
            let code = self.0.generate(step * STEP);
            bool::from(code.as_bytes().ct_eq(typed.as_bytes()))
        };
        steps.rev().find(right).and_then(|step| i64::try_from(step).ok())
    }

    /// What an app needs.
    pub(super) fn shown(&self, issuer: &str, account: &str) -> Result<NewSecondFactor> {
        let secret = self.0.get_secret_base32();
        let (issuer, account) = (encoded(issuer), encoded(account));
        let uri = format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}");
        let modules = modules(&uri)?;
        Ok(NewSecondFactor { secret, uri, modules })
    }
}

fn modules(text: &str) -> Result<Vec<String>> {
    let code = QrCode::new(text).map_err(|error| Error::Internal(format!("drawing a QR code: {error}")))?;
    let width = code.width();
    let dots: Vec<_> =
        code.into_colors().iter().map(|dot| if *dot == Color::Dark { '1' } else { '0' }).collect();
    Ok(dots.chunks(width).map(|row| row.iter().collect()).collect())
}

/// Percent-encoded, at most 60 characters of it: some apps, and the QR code, bear no more.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.chars().take(60).fold(String::new(), |mut out, c| {
        if c.is_ascii_alphanumeric() || "-._~".contains(c) {
            out.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a string can't fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
        out
    })
}

/// New recovery codes, as they are shown: `xxxx-xxxx-xxxx-xxxx`.
pub(super) fn new_recovery_codes(count: usize) -> Vec<String> {
    let letter = |_| ALPHABET.choose(&mut rand::rng()).map_or('a', |letter| char::from(*letter));
    let code = |_| {
        let letters: Vec<char> = (0..LENGTH).map(letter).collect();
        letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    };
    (0..count).map(code).collect()
}

/// A recovery code as it is hashed; none when what was typed can't be one.
pub(super) fn recovery(typed: &str) -> Option<String> {
    let letters: String =
        typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    (letters.len() == LENGTH).then_some(letters)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    /// The secret of RFC 6238's test vectors.
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_are_those_of_the_rfc() {
        let generator = Generator::new(SECRET).unwrap();
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            let now = Timestamp(seconds * 1_000);
            assert_eq!(generator.step_of(code, now), Some(seconds / 30), "{code}");
            assert_eq!(
                generator.step_of(&format!(" {} {} ", &code[..3], &code[3..]), now),
                Some(seconds / 30)
            );
            for (drift, right) in [(-30, true), (30, true), (-60, false), (60, false)] {
                let found = generator.step_of(code, Timestamp((seconds + drift) * 1_000));
                assert_eq!(found.is_some(), right && seconds + drift >= 0, "{code} {drift}");
            }
        }
        for wrong in ["", "28708", "2870822", "287083", "٢٨٧٠٨٢"] {
            assert_eq!(generator.step_of(wrong, Timestamp(59_000)), None);
        }
    }

    #[test]
    fn what_is_shown_can_be_scanned() {
        let secret = new_secret();
        let shown = Generator::new(secret.expose_secret()).unwrap().shown("Süd & Co", "ana:b").unwrap();
        assert_eq!((shown.secret.len(), shown.secret.as_str()), (32, secret.expose_secret()));
        let start = format!("otpauth://totp/S%C3%BCd%20%26%20Co:ana%3Ab?secret={}", shown.secret);
        assert!(shown.uri.starts_with(&start), "{}", shown.uri);
        let width = shown.modules.len();
        assert!(width >= 33 && shown.modules.iter().all(|row| row.len() == width));
        assert!(shown.modules[0].starts_with("11111110"), "a finder pattern");
        let long = Generator::new(SECRET).unwrap().shown(&"👩‍👩‍👧‍👦".repeat(80), &"я".repeat(64));
        assert!(long.is_ok());
    }

    #[test]
    fn recovery_codes_are_told_from_others() {
        let codes = new_recovery_codes(10);
        assert_eq!(codes.iter().collect::<std::collections::BTreeSet<_>>().len(), 10);
        for code in &codes {
            assert_eq!(code.len(), 19, "{code}");
            let plain = code.replace('-', "");
            assert_eq!(recovery(code), Some(plain.clone()));
            assert_eq!(recovery(&format!(" {} ", plain.to_uppercase())), Some(plain));
        }
        assert_eq!(recovery("123456"), None);
        assert_eq!(recovery("яяяяяяяяяяяяяяяя"), None);
    }
}
