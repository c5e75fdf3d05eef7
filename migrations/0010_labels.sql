-- Tags: one vocabulary per workspace. One that is gone is being taken off what has it, step by step, and then deleted.
CREATE TABLE tags (
    id            TEXT   NOT NULL PRIMARY KEY,
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    name          TEXT   NOT NULL,
    name_key      TEXT   NOT NULL, -- the name, normalised and case-folded by the application
    color         TEXT   NOT NULL, -- desk::tags::Color
    created_at    BIGINT NOT NULL,
    gone_at       BIGINT,
    merged_into   TEXT,            -- what has it gets this one instead
    version       BIGINT NOT NULL
);
CREATE UNIQUE INDEX tags_name ON tags (workspace_id, name_key) WHERE gone_at IS NULL;
CREATE INDEX tags_gone ON tags (gone_at, id) WHERE gone_at IS NOT NULL;

-- What has which tag, to count and to filter by. The column `tag_ids` of sessions and customers says the same, as JSON, in the order in
-- which they were put on: what is shown needs no second query.
CREATE TABLE session_tags (
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id),
    tag_id        TEXT NOT NULL REFERENCES tags (id),
    session_id    TEXT NOT NULL REFERENCES sessions (id),
    PRIMARY KEY (tag_id, session_id)
);
CREATE INDEX session_tags_of_session ON session_tags (session_id, tag_id);
CREATE TABLE customer_tags (
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id),
    tag_id        TEXT NOT NULL REFERENCES tags (id),
    customer_id   TEXT NOT NULL REFERENCES customers (id),
    PRIMARY KEY (tag_id, customer_id)
);
CREATE INDEX customer_tags_of_customer ON customer_tags (customer_id, tag_id);
ALTER TABLE sessions ADD COLUMN tag_ids TEXT NOT NULL DEFAULT '[]';
ALTER TABLE customers ADD COLUMN tag_ids TEXT NOT NULL DEFAULT '[]';

-- What a workspace wants to know of its customers beside what Telegram tells. The values are in customers.fields.
CREATE TABLE customer_fields (
    id            TEXT   NOT NULL PRIMARY KEY,
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    name          TEXT   NOT NULL,
    name_key      TEXT   NOT NULL,
    kind          TEXT   NOT NULL, -- text | number | date | choice | link
    choices       TEXT   NOT NULL, -- JSON
    position      BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    gone_at       BIGINT,          -- its values are being removed
    version       BIGINT NOT NULL
);
CREATE UNIQUE INDEX customer_fields_name ON customer_fields (workspace_id, name_key) WHERE gone_at IS NULL;
ALTER TABLE customers ADD COLUMN fields TEXT NOT NULL DEFAULT '{}'; -- JSON: value by field
ALTER TABLE customers ADD COLUMN source TEXT; -- where they came from: what their first /start said

-- The words by which customers are found, folded: of their names, their username and their id at Telegram. Bytes, because the order of
-- texts hangs on the database's locale.
CREATE TABLE customer_words (
    workspace_id  TEXT  NOT NULL REFERENCES workspaces (id),
    word          BYTEA NOT NULL,
    project_id    TEXT  NOT NULL REFERENCES projects (id),
    customer_id   TEXT  NOT NULL REFERENCES customers (id),
    PRIMARY KEY (workspace_id, word, project_id, customer_id)
);
CREATE INDEX customer_words_of_customer ON customer_words (customer_id, word);
-- Whether they are there: of who was here before, the application adds them later.
ALTER TABLE customers ADD COLUMN has_words BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX customers_without_words ON customers (id) WHERE NOT has_words;

-- What the team keeps on a customer. A deleted note stays as a place without its text.
CREATE TABLE notes (
    id            TEXT    NOT NULL PRIMARY KEY,
    workspace_id  TEXT    NOT NULL REFERENCES workspaces (id),
    project_id    TEXT    NOT NULL REFERENCES projects (id),
    customer_id   TEXT    NOT NULL REFERENCES customers (id),
    author_id     TEXT    NOT NULL REFERENCES members (id),
    client_id     TEXT    NOT NULL, -- idempotency key, made by the author's browser
    text          TEXT    NOT NULL,
    pinned        BOOLEAN NOT NULL,
    at            BIGINT  NOT NULL,
    edited_at     BIGINT,
    edited_by     TEXT    REFERENCES members (id),
    deleted_at    BIGINT,
    version       BIGINT  NOT NULL
);
CREATE UNIQUE INDEX notes_client ON notes (author_id, client_id);
CREATE INDEX notes_of_customer ON notes (customer_id, pinned, id) WHERE deleted_at IS NULL;

-- What notes said before they were edited.
CREATE TABLE note_history (
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    note_id       TEXT   NOT NULL REFERENCES notes (id),
    version       BIGINT NOT NULL,
    text          TEXT   NOT NULL,
    at            BIGINT NOT NULL, -- when it was written like this
    by_id         TEXT   NOT NULL REFERENCES members (id),
    PRIMARY KEY (note_id, version)
);
CREATE TABLE note_mentions (
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    note_id       TEXT   NOT NULL REFERENCES notes (id),
    member_id     TEXT   NOT NULL REFERENCES members (id),
    place         BIGINT NOT NULL,
    PRIMARY KEY (note_id, member_id)
);
CREATE TABLE note_pictures (
    id            TEXT   NOT NULL PRIMARY KEY,
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    project_id    TEXT   NOT NULL REFERENCES projects (id),
    customer_id   TEXT   NOT NULL REFERENCES customers (id),
    member_id     TEXT   NOT NULL REFERENCES members (id), -- who uploaded it
    note_id       TEXT   REFERENCES notes (id),            -- null: none yet
    place         BIGINT NOT NULL,
    name          TEXT   NOT NULL,                         -- the end of its file's name in the media folder
    width         BIGINT NOT NULL,
    height        BIGINT NOT NULL,
    created_at    BIGINT NOT NULL
);
CREATE INDEX note_pictures_of_note ON note_pictures (note_id, place) WHERE note_id IS NOT NULL;
CREATE INDEX note_pictures_waiting ON note_pictures (member_id, created_at) WHERE note_id IS NULL;

-- Lists of sessions that members have saved. Theirs alone.
CREATE TABLE saved_views (
    id            TEXT   NOT NULL PRIMARY KEY,
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    member_id     TEXT   NOT NULL REFERENCES members (id),
    name          TEXT   NOT NULL,
    filters       TEXT   NOT NULL, -- JSON: desk::views::Filters
    position      BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    version       BIGINT NOT NULL
);
CREATE INDEX saved_views_of_member ON saved_views (member_id, position, id);

-- How many sessions there are of each kind, kept with every change of one: counting fifty thousand would take too long.
CREATE TABLE session_tallies (
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    project_id    TEXT   NOT NULL REFERENCES projects (id),
    state         TEXT   NOT NULL, -- waiting | open | ended
    assignee_id   TEXT   NOT NULL, -- whose open ones; empty for the others
    n             BIGINT NOT NULL,
    unread_n      BIGINT NOT NULL, -- of them, those with something unread
    PRIMARY KEY (workspace_id, project_id, state, assignee_id)
);
INSERT INTO session_tallies (workspace_id, project_id, state, assignee_id, n, unread_n)
SELECT workspace_id, project_id, state, CASE WHEN state = 'open' THEN assignee_id ELSE '' END, COUNT(*),
    COUNT(*) FILTER (WHERE unread > 0)
FROM sessions GROUP BY 1, 2, 3, 4;

-- Every filter of a list stands at the end of its index: what is not wanted is passed over without being fetched.
DROP INDEX sessions_live;
DROP INDEX sessions_ended;
CREATE INDEX sessions_live ON sessions (workspace_id, last_message_at, id, project_id, state, assignee_id, unread, customer_id)
    WHERE state <> 'ended';
CREATE INDEX sessions_live_by_wait ON sessions (workspace_id, waiting_since, id, project_id, state, assignee_id, customer_id)
    WHERE state <> 'ended';
CREATE INDEX sessions_ended ON sessions (workspace_id, last_message_at, id, project_id, assignee_id, customer_id)
    WHERE state = 'ended';

-- When supervisors were told that its customer has waited for too long; null again once somebody has it.
ALTER TABLE sessions ADD COLUMN wait_told_at BIGINT;
CREATE INDEX sessions_wait_untold ON sessions (project_id, waiting_since, id) WHERE state = 'waiting' AND wait_told_at IS NULL;
CREATE INDEX sessions_wait_told ON sessions (state) WHERE wait_told_at IS NOT NULL;

-- Who looks at a session just now.
CREATE TABLE viewers (
    session_id    TEXT   NOT NULL REFERENCES sessions (id),
    member_id     TEXT   NOT NULL REFERENCES members (id),
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    project_id    TEXT   NOT NULL REFERENCES projects (id),
    until         BIGINT NOT NULL,
    typing_until  BIGINT NOT NULL,
    PRIMARY KEY (session_id, member_id)
);
CREATE INDEX viewers_of_workspace ON viewers (workspace_id, until);
