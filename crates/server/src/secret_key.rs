//! The key that encrypts bot tokens: a file of its own, so that a copy of the database alone opens nothing.

use std::fs::{self, File};
use std::io::{Error, ErrorKind, Write};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use desk::secrets::Cipher;

use crate::failure::Failure;

/// Reads the key file; none when there is none.
pub(crate) fn load(path: &Path) -> Result<Option<Cipher>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => parse(&text).map(|key| Some(Cipher::new(&key))).ok_or_else(|| no_key(path)),
        Err(error) if error.kind() == ErrorKind::InvalidData => Err(no_key(path)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::path("the secret key can't be read:", path, &error)),
    }
}

fn no_key(path: &Path) -> Failure {
    Failure::new(format!("{} holds no secret key: 32 bytes as base64 are expected", path.display()))
}

fn parse(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text.trim()).ok()?.try_into().ok()
}

/// Makes the key file, readable by its owner only; reads it when somebody else made it at the same moment.
pub(crate) fn make(path: &Path) -> Result<Cipher, Failure> {
    let key = Cipher::new_key();
    match write(path, &STANDARD.encode(key)) {
        Ok(()) => Ok(Cipher::new(&key)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => load(path)?.ok_or_else(|| no_key(path)),
        Err(error) => Err(Failure::path("the secret key can't be written:", path, &error)),
    }
}

/// Whole or not at all: a key cut short by a full disk must not be found at the next start.
fn write(path: &Path, text: &str) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Mode 600, and removed again unless it gets its name.
    let mut unfinished = tempfile::NamedTempFile::new_in(folder)?;
    unfinished.write_all(format!("{text}\n").as_bytes())?;
    unfinished.as_file().sync_all()?;
    unfinished.persist_noclobber(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_private_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        assert!(load(&path).unwrap().is_none());
        make(&path).unwrap();
        let first = fs::read_to_string(&path).unwrap();
        make(&path).unwrap();
        assert!(load(&path).unwrap().is_some());
        assert_eq!(fs::read_to_string(&path).unwrap(), first);
        assert!(parse(&first).is_some());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-made stays");
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
        for damaged in [&b"not a key"[..], b"", b"\xff\xfe"] {
            fs::write(&path, damaged).unwrap();
            let failure = load(&path).err().unwrap().to_string();
            assert!(failure.contains("secret.key holds no secret key"), "{failure}");
            assert_eq!(fs::read(&path).unwrap(), damaged);
        }
    }
}
