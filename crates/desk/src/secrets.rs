//! Secrets at rest (bot tokens): `XChaCha20-Poly1305` under the installation's key, with the row's id as associated data,
//! so that a ciphertext copied into another row does not open. Stored as `key id (1 byte) | nonce (24) | ciphertext`;
//! the key id is there so that keys can be rotated.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, OsRng, Payload};
use chacha20poly1305::{AeadCore, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

const KEY_ID: u8 = 1;
const NONCE: usize = 24;

/// Seals and opens secrets.
#[derive(Clone)]
pub struct Cipher(XChaCha20Poly1305);

impl Cipher {
    /// A cipher under the given key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// A new random key, for the first start.
    pub fn new_key() -> [u8; 32] {
        XChaCha20Poly1305::generate_key(&mut OsRng).into()
    }

    /// Encrypts `secret` for the row `owner`.
    pub(crate) fn seal(&self, owner: &str, secret: &SecretString) -> Result<Vec<u8>> {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: owner.as_bytes() };
        let sealed =
            self.0.encrypt(&nonce, payload).map_err(|_| Error::Internal("sealing a secret".to_owned()))?;
        Ok([&[KEY_ID][..], &nonce[..], &sealed[..]].concat())
    }

    /// Decrypts what `seal` made for the row `owner`.
    pub(crate) fn open(&self, owner: &str, stored: &[u8]) -> Result<SecretString> {
        let fault = || {
            Error::Internal("a stored secret does not open: is this the right secret key file?".to_owned())
        };
        let (&key, rest) = stored.split_first().ok_or_else(fault)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or_else(fault)?;
        if key != KEY_ID {
            return Err(fault());
        }
        let payload = Payload { msg: sealed, aad: owner.as_bytes() };
        let opened = self.0.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| fault())?;
        String::from_utf8(opened).map(SecretString::from).map_err(|_| fault())
    }
}

/// A new random token of 256 bits, for a cookie or a link.
pub fn new_token() -> SecretString {
    let bytes: [u8; 32] = rand::random();
    URL_SAFE_NO_PAD.encode(bytes).into()
}

/// What is stored of a token: enough to find it, not enough to use it. The tokens are random, so a plain hash will do.
pub(crate) fn token_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_in_its_own_row_and_under_its_own_key() {
        let cipher = Cipher::new(&[7; 32]);
        let sealed = cipher.seal("row-1", &"123:FAKE".into()).unwrap();
        assert_eq!(cipher.open("row-1", &sealed).unwrap().expose_secret(), "123:FAKE");
        assert!(cipher.open("row-2", &sealed).is_err());
        assert!(Cipher::new(&[8; 32]).open("row-1", &sealed).is_err());
        for cut in 0..sealed.len() {
            assert!(cipher.open("row-1", &sealed[..cut]).is_err());
        }
        assert_ne!(sealed, cipher.seal("row-1", &"123:FAKE".into()).unwrap());
    }
}
