//! Pictures that members show to their colleagues, in notes.

use std::fmt::Display;

use super::picture::LARGEST;
use super::portrait::scaled;
use super::{Folder, Picture};
use crate::error::{Code, Error, Result};

/// The longest side, in pixels.
const LONGEST: u32 = 1_600;

/// A picture that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The end of its file's name.
    pub(crate) name: String,
    pub(crate) width: i64,
    pub(crate) height: i64,
}

/// Keeps what a member uploaded, as a picture of `of`.
pub(crate) async fn keep_shown(folder: &Folder, of: impl Display, bytes: Vec<u8>) -> Result<Shown> {
    let picture = decoded(folder, move || scaled(&bytes, LONGEST, LARGEST)).await?;
    let (width, height) = (i64::from(picture.width), i64::from(picture.height));
    let name = folder.keep(of, picture.bytes).await?.ok_or_else(|| Error::refused(Code::NoPicture))?;
    Ok(Shown { name, width, height })
}

/// Opens a picture that was kept; none when its file is not there.
pub(crate) async fn open_shown(folder: &Folder, of: impl Display, name: &str) -> Result<Option<Picture>> {
    folder.open(of, name).await
}

/// Removes one. What can't be removed only takes up room.
pub(crate) async fn remove_shown(folder: &Folder, of: impl Display, name: &str) {
    folder.remove(of, name).await;
}

/// Decodes what was uploaded, one picture after the other: it takes memory and a core.
pub(super) async fn decoded<T: Send + 'static>(
    folder: &Folder,
    decode: impl FnOnce() -> Option<T> + Send + 'static,
) -> Result<T> {
    let closed = |_| Error::Internal("the bound of pictures is closed".to_owned());
    let turn = folder.decoding.clone().acquire_owned().await.map_err(closed)?;
    let made = tokio::task::spawn_blocking(move || {
        let made = decode();
        drop(turn);
        made
    });
    let made = made.await.map_err(|error| Error::Internal(error.to_string()))?;
    made.ok_or_else(|| Error::refused(Code::NoPicture))
}
