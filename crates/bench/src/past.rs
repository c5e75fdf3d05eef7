//! Rows of a past that nobody lived through, for `SQLite`: made by the database itself, spread over all projects. Their ids are as those
//! of the server, and before them all.

/// What is numbered: from $1, so many as $2 says.
pub(crate) const NUMBERS: &str =
    "WITH RECURSIVE n (i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1 + $2)";

/// A session's last message.
pub(crate) const LAST_MESSAGE: &str = r#"'{"text":"past","direction":"in","kind":"text","at":0}'"#;

/// The first id at Telegram of a customer of the past.
const TELEGRAM: i64 = 900_000_000_000;

/// The id of the customer, session, message or update with the number that `i` gives.
pub(crate) fn id(kind: &str, i: &str) -> String {
    let kind = match kind {
        "customer" => 1,
        "session" => 2,
        "message" => 3,
        _ => 4,
    };
    format!("printf('00000000-0000-7000-8{kind:03}-%012x', {i})")
}

/// What follows the numbers in a `FROM`: the project `p` of the customer with the number that `i` gives.
pub(crate) fn project(i: &str) -> String {
    format!(
        "(SELECT id, workspace_id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place, COUNT(*) OVER () AS count FROM projects) p
         WHERE p.place = ({i}) % p.count"
    )
}

/// Customers.
pub(crate) fn customers() -> String {
    format!(
        "{NUMBERS} INSERT INTO customers (id, workspace_id, project_id, telegram_id, first_name, last_name, blocked,
             last_position, first_seen_at, last_seen_at, has_words, version)
         SELECT {}, p.workspace_id, p.id, {TELEGRAM} + i, 'Past', '', FALSE, 1000000, 0, 0, TRUE, 1 FROM n, {}",
        id("customer", "i"),
        project("i")
    )
}

/// The word by which they are found.
pub(crate) fn words() -> String {
    format!(
        "{NUMBERS} INSERT INTO customer_words (workspace_id, word, project_id, customer_id)
         SELECT p.workspace_id, CAST('past' AS BLOB), p.id, {} FROM n, {}",
        id("customer", "i"),
        project("i")
    )
}

/// An ended session of each customer.
pub(crate) fn ended_sessions() -> String {
    format!(
        "{NUMBERS} INSERT INTO sessions (id, workspace_id, project_id, customer_id, state, unread, waiting_since, ended_at,
             created_at, last_message_at, last_message, version)
         SELECT {}, p.workspace_id, p.id, {}, 'ended', 0, i, i, i, i, {LAST_MESSAGE}, 1 FROM n, {}",
        id("session", "i"),
        id("customer", "i"),
        project("i")
    )
}

/// Messages, of which each customer has $3.
pub(crate) fn messages() -> String {
    format!(
        "{NUMBERS} INSERT INTO messages (id, workspace_id, project_id, customer_id, session_id, position, direction, kind,
             text, telegram_chat_id, telegram_message_id, at, created_at, version)
         SELECT {}, p.workspace_id, p.id, {}, {}, i % $3, 'in', 'text',
             'a message of usual length, as customers write them when something is wrong', {TELEGRAM} + i / $3, i, i, i, 1
         FROM n, {}",
        id("message", "i"),
        id("customer", "i / $3"),
        id("session", "i / $3"),
        project("i / $3")
    )
}

/// Raw updates, as many of each customer, received long from now: housekeeping leaves them.
pub(crate) fn updates() -> String {
    format!(
        r#"{NUMBERS} INSERT INTO updates (id, workspace_id, project_id, update_id, digest, kind, raw, state, received_at)
         SELECT {}, p.workspace_id, p.id, 500000 + i, lower(hex(randomblob(32))), 'message',
             '{{"update_id":1,"message":{{"text":"a message of usual length, as customers write them"}}}}', 'applied',
             4000000000000
         FROM n, {}"#,
        id("update", "i"),
        project("i / $3")
    )
}
