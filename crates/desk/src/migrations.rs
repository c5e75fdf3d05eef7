//! The schema's history: forward only, one text for both databases.

use db::Migration;

/// All migrations, in order.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "first_conversation",
        sql: include_str!("../../../migrations/0001_first_conversation.sql"),
        postgres: None,
    },
    Migration {
        number: 2,
        name: "webhooks_and_scheduling",
        sql: include_str!("../../../migrations/0003_webhooks_and_scheduling.sql"),
        postgres: None,
    },
    Migration {
        number: 3,
        name: "drafts_of_members",
        sql: include_str!("../../../migrations/0004_drafts.sql"),
        postgres: None,
    },
];
