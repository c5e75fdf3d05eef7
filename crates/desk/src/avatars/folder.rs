//! The files: plain ones in the media folder, which all servers of an installation share. Nothing but the operating system's own
//! calls is needed for files of at most 1 MiB.

use std::fmt::Display;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::picture::{PictureKind, kind_of};
use crate::error::{Error, Result};

/// Looks of this process that may call Telegram at once.
const AT_ONCE: usize = 8;

/// Where avatars are kept. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Folder {
    path: Arc<PathBuf>,
    /// For calls to Telegram, of all projects together.
    pub(super) calls: Arc<Semaphore>,
    /// For decoding what members upload, which takes memory and a core.
    pub(super) decoding: Arc<Semaphore>,
}

/// An avatar, opened.
#[derive(Debug)]
pub struct Picture {
    /// Stands for the content: another one has another.
    pub version: String,
    /// What it is.
    pub kind: PictureKind,
    /// Bytes.
    pub length: u64,
    /// At its beginning.
    pub file: tokio::fs::File,
}

impl Folder {
    /// The avatars in a media folder.
    pub fn new(media: &Path) -> Self {
        let [calls, decoding] = [AT_ONCE, 1].map(|most| Arc::new(Semaphore::new(most)));
        Self { path: Arc::new(media.join("avatars")), calls, decoding }
    }

    /// Opens an avatar of a customer or member; none when its file is not there.
    pub(super) async fn open(&self, of: impl Display, name: &str) -> Result<Option<Picture>> {
        let kind = name.split_once('.').and_then(|(_, kind)| kind.parse().ok());
        let kind = kind.ok_or_else(|| Error::Internal(format!("no avatar is called {name}")))?;
        let file = match tokio::fs::File::open(self.file(of, name)).await {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&error)),
        };
        let facts = file.metadata().await.map_err(|error| failed(&error))?;
        let picture = Picture { version: name.to_owned(), kind, length: facts.len(), file };
        Ok(facts.is_file().then_some(picture))
    }

    /// Stores a picture, whole or not at all, and gives its name; none when the bytes are no picture that is taken.
    pub(super) async fn keep(&self, of: impl Display, bytes: Vec<u8>) -> Result<Option<String>> {
        let (folder, of) = (self.clone(), of.to_string());
        let kept = spawn_blocking(move || {
            let Some(kind) = kind_of(&bytes) else { return Ok(None) };
            let name = name(&bytes, kind);
            write(&folder.file(of, &name), &bytes).map(|()| Some(name))
        });
        kept.await.map_err(|error| Error::Internal(error.to_string()))?.map_err(|error| failed(&error))
    }

    /// Removes an avatar that is shown no more. What can't be removed only takes up room.
    pub(super) async fn remove(&self, of: impl Display, name: &str) {
        if let Err(error) = tokio::fs::remove_file(self.file(of, name)).await {
            tracing::debug!("an old avatar stays: {error}");
        }
    }

    /// In one of 256 folders, by what is random in an id.
    fn file(&self, of: impl Display, name: &str) -> PathBuf {
        let id = of.to_string();
        let last = id.get(id.len().saturating_sub(2)..).unwrap_or_default();
        self.path.join(last).join(format!("{id}-{name}"))
    }
}

/// The first half of the content's SHA-256, and the kind.
fn name(bytes: &[u8], kind: PictureKind) -> String {
    let half = Sha256::digest(bytes).iter().take(16).fold(0, |half, &byte| (half << 8) | u128::from(byte));
    format!("{half:032x}.{}", kind.as_ref())
}

/// Under a name of its own first, so that nobody ever meets half a file.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)?;
    let new = folder.join(format!("{}.new", uuid::Uuid::new_v4()));
    let written = fs::File::create_new(&new).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&new);
        return written;
    }
    fs::File::open(folder)?.sync_all()
}

fn failed(error: &io::Error) -> Error {
    Error::Internal(format!("the avatars in the media folder: {error}"))
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::CustomerId;

    const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\0\0\0\0IEND\xae\x42\x60\x82";

    #[tokio::test]
    async fn a_picture_is_kept_until_it_is_removed() {
        let media = tempfile::tempdir().unwrap();
        let (folder, customer) = (Folder::new(media.path()), CustomerId::new(Timestamp(1)));
        let name = folder.keep(customer, PIXEL.to_vec()).await.unwrap().unwrap();
        assert_eq!(folder.keep(customer, PIXEL.to_vec()).await.unwrap().as_ref(), Some(&name), "once more");
        let mut picture = Folder::new(media.path()).open(customer, &name).await.unwrap().unwrap();
        assert_eq!((picture.kind, picture.length), (PictureKind::Png, PIXEL.len() as u64));
        let mut bytes = Vec::new();
        picture.file.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes, PIXEL);
        let shelf = folder.file(customer, &name).parent().unwrap().to_owned();
        assert_eq!(fs::read_dir(shelf).unwrap().count(), 1, "nothing is left over");
        folder.remove(customer, &name).await;
        assert!(folder.open(customer, &name).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn what_is_no_picture_is_not_kept() {
        let media = tempfile::tempdir().unwrap();
        let (folder, customer) = (Folder::new(media.path()), CustomerId::new(Timestamp(1)));
        assert_eq!(folder.keep(customer, b"<html>".to_vec()).await.unwrap(), None);
        assert_eq!(fs::read_dir(media.path()).unwrap().count(), 0);
    }
}
