//! Ids: one newtype per thing that has one, so that a session's id can't be passed where a customer's is meant.
//! All are UUIDs of version 7, whose first 48 bits are the time: rows made together lie together in an index.

use std::sync::atomic::{AtomicU64, Ordering};

use db::Row;
use uuid::Uuid;

use crate::clock::Timestamp;

/// A new version 7 UUID that carries `now`. Within a millisecond those of one process grow (RFC 9562, section 6.2, method 1:
/// a counter of 26 bits before 48 random ones), so that what happened first also sorts first.
pub(crate) fn uuid(now: Timestamp) -> Uuid {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let milliseconds = u128::from(u64::try_from(now.0).unwrap_or(0)) & ((1 << 48) - 1);
    let counter = u128::from(COUNTER.fetch_add(1, Ordering::Relaxed)) & ((1 << 26) - 1);
    let random = u128::from(rand::random::<u64>() >> 16);
    let (high, low) = (counter >> 14, counter & ((1 << 14) - 1));
    Uuid::from_u128(milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low << 48 | random)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = "uuid")]
        pub struct $name(Uuid);

        impl $name {
            /// A new one, made at `now`.
            pub fn new(now: Timestamp) -> Self {
                Self(uuid(now))
            }

            /// The id in a column that is never null.
            #[allow(dead_code, reason = "made for every id; some are only written")]
            pub(crate) fn column(row: &Row, name: &str) -> Result<Self, db::Error> {
                parse(&row.get::<String>(name)?, name).map(Self)
            }

            /// The id in a column that may be null.
            #[allow(dead_code, reason = "made for every id; not every id has a nullable column")]
            pub(crate) fn column_opt(row: &Row, name: &str) -> Result<Option<Self>, db::Error> {
                row.get::<Option<String>>(name)?.map(|text| parse(&text, name).map(Self)).transpose()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }

        impl From<$name> for db::Value {
            fn from(id: $name) -> Self {
                id.to_string().into()
            }
        }
    )*};
}

fn parse(text: &str, column: &str) -> Result<Uuid, db::Error> {
    text.parse().map_err(|_| db::Error::Column(format!("{column} holds no id")))
}

ids! {
    /// An organisation (tenant).
    WorkspaceId;
    /// A person's account in one workspace.
    MemberId;
    /// One authenticated browser of a member.
    LoginId;
    /// A link that sets a member's password.
    InvitationId;
    /// One Telegram bot with its settings.
    ProjectId;
    /// A Telegram user as one project sees them.
    CustomerId;
    /// One support case of a customer.
    SessionId;
    /// One line of a customer's timeline.
    MessageId;
    /// A piece of durable work.
    JobId;
    /// Something a member is told of.
    NotificationId;
    /// A word of the workspace's vocabulary.
    TagId;
    /// What the team keeps on a customer.
    NoteId;
    /// A picture in a note.
    PictureId;
    /// A field that the workspace has added to its customers.
    FieldId;
    /// A list that a member has saved.
    ViewId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_the_injected_time_and_grow_within_it() {
        let now = Timestamp(1_700_000_000_123);
        let (a, b) = (SessionId::new(now), SessionId::new(now));
        assert!(a < b, "{a} {b}");
        assert_eq!((a.0.get_version_num(), a.0.get_variant()), (7, uuid::Variant::RFC4122));
        let time = a.0.get_timestamp().unwrap();
        assert_eq!(time.to_unix(), (1_700_000_000, 123_000_000));
    }
}
