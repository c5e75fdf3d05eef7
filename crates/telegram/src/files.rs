//! Profile photos, and fetching a file: at most so many bytes, never anywhere else than the Bot API says.

use std::time::Duration;

use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use crate::envelope::{self, Answer};
use crate::error::Error;
use crate::http::{Bot, token_bot_id};
use crate::methods::decode;
use crate::types::{loose, loose_or_default};

/// Longest `file_path` taken, in bytes.
const LONGEST_PATH: usize = 512;
/// How much is read of the answer to a download that was refused, in bytes.
const REFUSAL_CAP: usize = 64 * 1024;

/// One size of a photo (`PhotoSize`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PhotoSize {
    /// What `getFile` takes.
    pub file_id: String,
    /// Pixels.
    #[serde(default, deserialize_with = "loose_or_default")]
    pub width: i64,
    /// Pixels.
    #[serde(default, deserialize_with = "loose_or_default")]
    pub height: i64,
    /// Bytes.
    #[serde(default, deserialize_with = "loose")]
    pub file_size: Option<i64>,
}

/// A file as `getFile` tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct File {
    /// Bytes.
    #[serde(default, deserialize_with = "loose")]
    pub file_size: Option<i64>,
    /// Where it can be fetched, for an hour at least; none when Telegram doesn't give it.
    #[serde(default, deserialize_with = "loose")]
    pub file_path: Option<String>,
}

#[derive(Deserialize)]
struct Photos {
    photos: Vec<Vec<PhotoSize>>,
}

/// A download under way. Dropped, it ends.
#[derive(Debug)]
pub struct Download {
    response: reqwest::Response,
    limit: usize,
    left: usize,
    bot: Bot,
}

impl Download {
    /// The next bytes; none at the end. More than the limit is [`Error::TooLarge`].
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let chunk = self.response.chunk().await.map_err(|error| self.bot.network(error))?;
        let Some(chunk) = chunk else { return Ok(None) };
        self.left = self.left.checked_sub(chunk.len()).ok_or(Error::TooLarge { limit: self.limit })?;
        Ok(Some(chunk))
    }

    /// The whole file.
    pub async fn bytes(mut self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

impl Bot {
    /// `getUserProfilePhotos` with `limit` 1: the sizes of the photo that a user shows now; empty when the bot sees none.
    pub async fn get_profile_photo(&self, user_id: i64, timeout: Duration) -> Result<Vec<PhotoSize>, Error> {
        let method = "getUserProfilePhotos";
        let parameters = json!({ "user_id": user_id, "limit": 1 });
        let found: Photos = decode(method, &self.call(method, &parameters, Some(timeout)).await?)?;
        Ok(found.photos.into_iter().next().unwrap_or_default())
    }

    /// `getFile`.
    pub async fn get_file(&self, file_id: &str, timeout: Duration) -> Result<File, Error> {
        decode("getFile", &self.call("getFile", &json!({ "file_id": file_id }), Some(timeout)).await?)
    }

    /// Begins to fetch the file at a `file_path` that `getFile` gave: at most `limit` bytes, and all of them within `timeout`.
    /// Redirects are not followed.
    pub async fn download(&self, path: &str, limit: usize, timeout: Duration) -> Result<Download, Error> {
        let url = self.file_url(path)?;
        let request = self.client(&url).get(url).timeout(timeout);
        let response = request.send().await.map_err(|error| self.network(error))?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(self.refusal(response, status).await);
        }
        if response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(Error::TooLarge { limit });
        }
        Ok(Download { response, limit, left: limit, bot: self.clone() })
    }

    /// Why there is no file: Telegram says it in an envelope, a gateway in its own way.
    async fn refusal(&self, response: reqwest::Response, status: u16) -> Error {
        let retry_after =
            response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let body = crate::body::read(response, REFUSAL_CAP).await.unwrap_or_default();
        match envelope::open(&Answer { status, retry_after, body: &body }, self.token()) {
            Err(error) => error,
            Ok(_) => Error::BadAnswer { reason: format!("the file came with HTTP {status}") },
        }
    }

    fn file_url(&self, path: &str) -> Result<reqwest::Url, Error> {
        let token: &SecretString = self.token();
        if token_bot_id(token.expose_secret()).is_none() {
            return Err(Error::Unauthorized);
        }
        let is_name = |name: &str| {
            !matches!(name, "" | "." | "..") && !name.contains('\\') && !name.chars().any(char::is_control)
        };
        if path.len() > LONGEST_PATH || !path.split('/').all(is_name) {
            return Err(Error::BadAnswer { reason: "the file's path is none".to_owned() });
        }
        let mut url = self.base()?;
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/file/bot{}", token.expose_secret()));
        url.path_segments_mut()
            .map_err(|()| Error::BadAnswer { reason: "the address takes no path".to_owned() })?
            .extend(path.split('/'));
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Http, HttpOptions};

    #[test]
    fn a_file_is_asked_for_below_the_bots_own_address_only() {
        let http = Http::new(HttpOptions::default()).unwrap();
        let bot = http.bot("http://127.0.0.1:9/api/", SecretString::from("123456:SIMULATED-TOKEN"));
        let url = |path: &str| bot.file_url(path).map(|url| url.to_string());
        let base = "http://127.0.0.1:9/api/file/bot123456:SIMULATED-TOKEN";
        assert_eq!(url("photos/file_1.jpg").unwrap(), format!("{base}/photos/file_1.jpg"));
        assert_eq!(url("photos/a?b#c d%2e").unwrap(), format!("{base}/photos/a%3Fb%23c%20d%252e"));
        let long = "a".repeat(LONGEST_PATH + 1);
        for path in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/./b", "a\\..\\b", "a\nb", &long] {
            let error = url(path).unwrap_err();
            assert!(matches!(error, Error::BadAnswer { .. }), "{path}");
            assert!(!error.to_string().contains("SIMULATED"));
        }
    }
}
