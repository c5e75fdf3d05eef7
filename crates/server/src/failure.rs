//! Why a command ended: words for the operator. The process exits with code 1.

use std::fmt;

/// What went wrong, in words that say what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }

    /// Words that name a path with what the system said of it.
    pub(crate) fn path(what: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self(format!("{what} {}: {error}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<db::OpenError> for Failure {
    fn from(error: db::OpenError) -> Self {
        Self(error.to_string())
    }
}

impl From<desk::Error> for Failure {
    fn from(error: desk::Error) -> Self {
        match error {
            desk::Error::Invalid(errors) => {
                let words = errors.iter().map(|error| {
                    let bounds: Vec<_> =
                        error.params.iter().map(|(name, value)| format!(" ({name} {value})")).collect();
                    format!("{}: {}{}", error.field, error.code.replace('_', " "), bounds.concat())
                });
                Self(words.collect::<Vec<_>>().join("; "))
            }
            desk::Error::Refused { code, .. } => Self(code.as_ref().replace('_', " ")),
            other => Self(other.to_string()),
        }
    }
}
