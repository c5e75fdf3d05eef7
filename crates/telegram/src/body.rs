//! Reading an answer without trusting its size.

use bytes::BytesMut;

/// Why a body could not be read.
pub(crate) enum BodyError {
    /// More than the cap; the rest was not read.
    TooLarge,
    /// The connection broke, or the time was over.
    Broken(reqwest::Error),
}

/// The whole body, at most `cap` bytes, as text. Bytes that are no UTF-8 become U+FFFD: one odd byte in one update must
/// not make a whole batch unreadable.
pub(crate) async fn read(mut response: reqwest::Response, cap: usize) -> Result<String, BodyError> {
    if response.content_length().is_some_and(|length| length > cap as u64) {
        return Err(BodyError::TooLarge);
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Broken)? {
        if body.len() + chunk.len() > cap {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}
