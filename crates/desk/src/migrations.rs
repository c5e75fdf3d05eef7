//! The schema's history: forward only, one text for both databases.

use db::Migration;

/// All migrations, in order.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "first_conversation",
        sql: include_str!("../../../migrations/0001_first_conversation.sql"),
        postgres: None,
        compatible_from: 1,
    },
    // What came before knows of no leases: it may not serve beside those who do.
    Migration {
        number: 2,
        name: "several_nodes",
        sql: include_str!("../../../migrations/0002_several_nodes.sql"),
        postgres: None,
        compatible_from: 2,
    },
    Migration {
        number: 3,
        name: "webhooks_and_scheduling",
        sql: include_str!("../../../migrations/0003_webhooks_and_scheduling.sql"),
        postgres: None,
        compatible_from: 2,
    },
    Migration {
        number: 4,
        name: "drafts_of_members",
        sql: include_str!("../../../migrations/0004_drafts.sql"),
        postgres: None,
        compatible_from: 2,
    },
    Migration {
        number: 5,
        name: "avatars",
        sql: include_str!("../../../migrations/0005_avatars.sql"),
        postgres: None,
        compatible_from: 2,
    },
    Migration {
        number: 6,
        name: "accounts",
        sql: include_str!("../../../migrations/0006_members.sql"),
        postgres: None,
        compatible_from: 2,
    },
    Migration {
        number: 7,
        name: "guessing",
        sql: include_str!("../../../migrations/0007_logins.sql"),
        postgres: None,
        compatible_from: 2,
    },
    Migration {
        number: 8,
        name: "permissions",
        sql: include_str!("../../../migrations/0008_projects.sql"),
        postgres: None,
        compatible_from: 2,
    },
    Migration {
        number: 9,
        name: "working_together",
        sql: include_str!("../../../migrations/0009_working_together.sql"),
        postgres: None,
        compatible_from: 2,
    },
    // What came before doesn't keep the tallies: it may not serve beside those who do.
    Migration {
        number: 10,
        name: "labels",
        sql: include_str!("../../../migrations/0010_labels.sql"),
        postgres: None,
        compatible_from: 10,
    },
];
