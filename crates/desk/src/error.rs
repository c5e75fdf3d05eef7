//! What can go wrong, as a code with parameters: the portal finds the words.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// Every way a verb refuses. The text form is stable: clients word it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::AsRefStr, strum::EnumIter)]
#[strum(serialize_all = "snake_case")]
#[expect(missing_docs, reason = "docs/api.md says what each means")]
pub enum Code {
    SignedOut,
    SignedInElsewhere,
    WrongCredentials,
    SecondFactorNeeded,
    WrongCode,
    TooManyAttempts,
    Forbidden,
    NotAssignee,
    NotAuthor,
    OperationRefused,
    WrongSetupToken,
    SecondFactorSetupNeeded,
    OwnerProtected,
    NotFound,
    AlreadyTaken,
    SessionNotOpen,
    SessionEnded,
    SessionLive,
    SessionNotEnded,
    ReceiverNoAccess,
    ReceiverAtLimit,
    ReceiverUnavailable,
    TooManyTags,
    LoginNameInUse,
    SlugInUse,
    BotInUse,
    DifferentBot,
    IdempotencyConflict,
    SetupDone,
    NotResendable,
    ProjectPaused,
    NoPublicUrl,
    SecondFactorOn,
    OwnAccount,
    ImportChanged,
    InvitationGone,
    StaleVersion,
    TokenRejected,
    NoPicture,
    TelegramUnreachable,
    Busy,
}

/// What is wrong with one field of the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The field, as the API names it; a nested one with dots.
    pub field: String,
    /// `required`, `too_short`, `too_long`, `bad_format`, `unknown`, `too_guessable` or `wrong`.
    pub code: &'static str,
    /// Bounds and the like.
    #[schema(value_type = Object)]
    pub params: BTreeMap<&'static str, Value>,
}

/// Why a verb did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules say no.
    #[error("{}", .code.as_ref())]
    Refused {
        /// Which rule.
        code: Code,
        /// What the words need.
        params: BTreeMap<&'static str, Value>,
    },
    /// The input is not acceptable.
    #[error("invalid input: {0:?}")]
    Invalid(Vec<FieldError>),
    /// The database refused or failed.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// A fault of ours: logged, and shown without detail.
    #[error("internal fault: {0}")]
    Internal(String),
}

impl Error {
    /// A refusal that needs no parameters.
    pub fn refused(code: Code) -> Self {
        Self::Refused { code, params: BTreeMap::new() }
    }

    /// A refusal with one parameter.
    pub fn refused_with(code: Code, name: &'static str, value: impl Into<Value>) -> Self {
        Self::Refused { code, params: BTreeMap::from([(name, value.into())]) }
    }

    /// A refusal with several parameters.
    pub fn refused_saying<const N: usize>(code: Code, params: [(&'static str, Value); N]) -> Self {
        Self::Refused { code, params: BTreeMap::from(params) }
    }

    /// One bad field without bounds.
    pub fn field(field: &str, code: &'static str) -> Self {
        Self::Invalid(vec![FieldError { field: field.to_owned(), code, params: BTreeMap::new() }])
    }

    /// The code of a refusal.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Whether the environment (disk, lock, connection) is to blame rather than the request: trying again may help.
    pub fn is_trouble(&self) -> bool {
        matches!(self, Self::Db(error) if error.is_trouble())
    }

    /// This error, or `refusal` if it is the violation of the unique index `constraint`.
    pub(crate) fn on_unique(self, constraint: &str, refusal: Code) -> Self {
        match self {
            Self::Db(error) if error.is_unique(constraint) => Self::refused(refusal),
            other => other,
        }
    }
}

impl db::TxError for Error {
    fn db(&self) -> Option<&db::Error> {
        match self {
            Self::Db(error) => Some(error),
            _ => None,
        }
    }
}

/// The result of a verb.
pub type Result<T, E = Error> = std::result::Result<T, E>;
