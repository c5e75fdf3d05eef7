//! The key that encrypts bot tokens: a file of its own, so that a copy of the database alone opens nothing.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use desk::secrets::Cipher;

use crate::failure::Failure;

/// Reads the key file, or makes it (readable by its owner only) when there is none.
pub(crate) fn load_or_make(path: &Path) -> Result<Cipher, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => parse(&text).map(|key| Cipher::new(&key)).ok_or_else(|| {
            Failure::new(format!("{} holds no secret key: 32 bytes as base64 are expected", path.display()))
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(path),
        Err(error) => Err(Failure::path("the secret key can't be read:", path, &error)),
    }
}

fn parse(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text.trim()).ok()?.try_into().ok()
}

fn make(path: &Path) -> Result<Cipher, Failure> {
    let key = Cipher::new_key();
    let fault = |error: std::io::Error| Failure::path("the secret key can't be written:", path, &error);
    // Whole or not at all: a key cut short by a full disk must not be found at the next start.
    let unfinished = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished).map_err(fault)?;
    file.write_all(format!("{}\n", STANDARD.encode(key)).as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(fault)?;
    fs::rename(&unfinished, path).map_err(fault)?;
    Ok(Cipher::new(&key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_private_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        load_or_make(&path).unwrap();
        let first = fs::read_to_string(&path).unwrap();
        load_or_make(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), first);
        assert!(parse(&first).is_some());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_key_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        fs::write(&path, "not a key").unwrap();
        let failure = load_or_make(&path).err().unwrap().to_string();
        assert!(failure.contains("secret.key holds no secret key"), "{failure}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "not a key");
    }
}
