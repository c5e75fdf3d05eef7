-- Times are BIGINT milliseconds since 1970 UTC, passed in. Ids are UUIDv7 as text, made by the application.
-- Every index that stands for a rule has a name: errors report it.

CREATE TABLE workspaces (
    id          TEXT   NOT NULL PRIMARY KEY,
    slug        TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    time_zone   TEXT   NOT NULL,
    plan        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    version     BIGINT NOT NULL
);
CREATE UNIQUE INDEX workspaces_slug ON workspaces (slug);

CREATE TABLE members (
    id               TEXT    NOT NULL PRIMARY KEY,
    workspace_id     TEXT    NOT NULL REFERENCES workspaces (id),
    name             TEXT    NOT NULL,
    login_name       TEXT    NOT NULL,
    login_key        TEXT    NOT NULL, -- the login name, normalised and case-folded by the application
    role             TEXT    NOT NULL, -- owner | admin | supervisor | agent
    password_hash    TEXT    NOT NULL,
    state            TEXT    NOT NULL, -- active | disabled
    all_projects     BOOLEAN NOT NULL,
    status           TEXT    NOT NULL, -- online | busy | offline
    reception_limit  BIGINT  NOT NULL,
    language         TEXT,
    theme            TEXT    NOT NULL, -- system | light | dark
    time_zone        TEXT,
    created_at       BIGINT  NOT NULL,
    deleted_at       BIGINT,
    version          BIGINT  NOT NULL
);
CREATE UNIQUE INDEX members_login_key ON members (workspace_id, login_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX members_one_owner ON members (workspace_id) WHERE role = 'owner' AND deleted_at IS NULL;

-- Ended logins stay: they are the history, and they tell the browser that was thrown out why.
CREATE TABLE logins (
    id            TEXT   NOT NULL PRIMARY KEY,
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    member_id     TEXT   NOT NULL REFERENCES members (id),
    token_hash    TEXT   NOT NULL,
    address       TEXT   NOT NULL,
    device        TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    ended_at      BIGINT,
    end_reason    TEXT    -- replaced | logged_out | password_reset
);
CREATE UNIQUE INDEX logins_token ON logins (token_hash);
CREATE UNIQUE INDEX logins_one_live ON logins (member_id) WHERE ended_at IS NULL;

CREATE TABLE projects (
    id                TEXT   NOT NULL PRIMARY KEY,
    workspace_id      TEXT   NOT NULL REFERENCES workspaces (id),
    name              TEXT   NOT NULL,
    api               TEXT   NOT NULL, -- base address of the Bot API
    bot_id            BIGINT NOT NULL,
    bot_username      TEXT   NOT NULL,
    bot_name          TEXT   NOT NULL,
    bot_token         BYTEA  NOT NULL, -- encrypted: see desk::secrets
    state             TEXT   NOT NULL, -- active | paused
    scope             TEXT   NOT NULL, -- all | designated
    last_assignee_id  TEXT   REFERENCES members (id),
    health            TEXT   NOT NULL, -- JSON: desk::projects::Health
    created_at        BIGINT NOT NULL,
    deleted_at        BIGINT,
    version           BIGINT NOT NULL
);
CREATE UNIQUE INDEX projects_bot ON projects (bot_id) WHERE deleted_at IS NULL;
CREATE INDEX projects_of_workspace ON projects (workspace_id) WHERE deleted_at IS NULL;

-- Their projects (where members.all_projects is false).
CREATE TABLE member_projects (
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id),
    member_id     TEXT NOT NULL REFERENCES members (id),
    project_id    TEXT NOT NULL REFERENCES projects (id),
    PRIMARY KEY (workspace_id, member_id, project_id)
);

-- The agents a project's service scope names (where projects.scope is 'designated').
CREATE TABLE project_scope (
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id),
    project_id    TEXT NOT NULL REFERENCES projects (id),
    member_id     TEXT NOT NULL REFERENCES members (id),
    PRIMARY KEY (workspace_id, project_id, member_id)
);

CREATE TABLE customers (
    id             TEXT    NOT NULL PRIMARY KEY,
    workspace_id   TEXT    NOT NULL REFERENCES workspaces (id),
    project_id     TEXT    NOT NULL REFERENCES projects (id),
    telegram_id    BIGINT  NOT NULL,
    first_name     TEXT    NOT NULL,
    last_name      TEXT    NOT NULL,
    username       TEXT,
    language       TEXT,
    blocked        BOOLEAN NOT NULL, -- the customer blocked the bot
    last_position  BIGINT  NOT NULL, -- the last place taken in the customer's timeline
    first_seen_at  BIGINT  NOT NULL,
    last_seen_at   BIGINT  NOT NULL,
    version        BIGINT  NOT NULL
);
CREATE UNIQUE INDEX customers_telegram ON customers (project_id, telegram_id);

CREATE TABLE sessions (
    id               TEXT   NOT NULL PRIMARY KEY,
    workspace_id     TEXT   NOT NULL REFERENCES workspaces (id),
    project_id       TEXT   NOT NULL REFERENCES projects (id),
    customer_id      TEXT   NOT NULL REFERENCES customers (id),
    state            TEXT   NOT NULL, -- waiting | open | ended
    assignee_id      TEXT   REFERENCES members (id),
    unread           BIGINT NOT NULL, -- customer messages the assignee has not read
    waiting_since    BIGINT NOT NULL,
    opened_at        BIGINT,
    taken_up_at      BIGINT,
    ended_at         BIGINT,
    end_reason       TEXT,            -- by_member
    created_at       BIGINT NOT NULL,
    last_message_at  BIGINT NOT NULL,
    last_message     TEXT   NOT NULL, -- JSON: desk::sessions::LastMessage
    version          BIGINT NOT NULL,
    CONSTRAINT sessions_state CHECK (
        (state = 'waiting' AND assignee_id IS NULL AND ended_at IS NULL)
        OR (state = 'open' AND assignee_id IS NOT NULL AND opened_at IS NOT NULL AND ended_at IS NULL)
        OR (state = 'ended' AND ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX sessions_one_live ON sessions (customer_id) WHERE state <> 'ended';
CREATE INDEX sessions_of_customer ON sessions (customer_id, created_at, id);
-- The lists are read in the order of their index; the project stands at its end so that rows of projects that somebody
-- doesn't see are passed over without being fetched.
CREATE INDEX sessions_waiting ON sessions (workspace_id, waiting_since, id, project_id) WHERE state = 'waiting';
CREATE INDEX sessions_of_assignee ON sessions (workspace_id, assignee_id, last_message_at, id) WHERE state = 'open';
CREATE INDEX sessions_live ON sessions (workspace_id, last_message_at, id, project_id) WHERE state <> 'ended';
CREATE INDEX sessions_ended ON sessions (workspace_id, last_message_at, id, project_id) WHERE state = 'ended';

CREATE TABLE messages (
    id                   TEXT   NOT NULL PRIMARY KEY,
    workspace_id         TEXT   NOT NULL REFERENCES workspaces (id),
    project_id           TEXT   NOT NULL REFERENCES projects (id),
    customer_id          TEXT   NOT NULL REFERENCES customers (id),
    session_id           TEXT   REFERENCES sessions (id),
    position             BIGINT NOT NULL, -- the place in the customer's timeline
    direction            TEXT   NOT NULL, -- in | out | service
    kind                 TEXT   NOT NULL, -- text | unsupported | service
    text                 TEXT   NOT NULL,
    entities             TEXT,            -- JSON: Telegram's MessageEntity list, as it came
    detail               TEXT,            -- JSON: what a service line says, or what an unsupported message held
    author_id            TEXT   REFERENCES members (id),
    client_id            TEXT,            -- idempotency key, made by the author's browser
    reply_to_id          TEXT   REFERENCES messages (id),
    telegram_chat_id     BIGINT NOT NULL,
    telegram_message_id  BIGINT,
    at                   BIGINT NOT NULL,
    edited_at            BIGINT,
    delivery             TEXT,            -- queued | sending | sent | failed | unknown; null unless direction is out
    delivery_reason      TEXT,
    retry_at             BIGINT,
    created_at           BIGINT NOT NULL,
    version              BIGINT NOT NULL
);
CREATE UNIQUE INDEX messages_position ON messages (customer_id, position);
CREATE UNIQUE INDEX messages_telegram ON messages (project_id, telegram_chat_id, telegram_message_id)
    WHERE telegram_message_id IS NOT NULL;
CREATE UNIQUE INDEX messages_client ON messages (author_id, client_id) WHERE client_id IS NOT NULL;

CREATE TABLE attachments (
    id               TEXT   NOT NULL PRIMARY KEY,
    workspace_id     TEXT   NOT NULL REFERENCES workspaces (id),
    message_id       TEXT   NOT NULL REFERENCES messages (id),
    kind             TEXT   NOT NULL,
    telegram_file    TEXT,
    name             TEXT,
    media_type       TEXT,
    size             BIGINT,
    width            BIGINT,
    height           BIGINT
);
CREATE INDEX attachments_of_message ON attachments (message_id);

-- What Telegram delivered, as it came, for 48 hours. The digest is part of the key because Telegram may restart
-- update ids anywhere: the same id with another content is another update.
CREATE TABLE updates (
    id            TEXT   NOT NULL PRIMARY KEY,
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    project_id    TEXT   NOT NULL REFERENCES projects (id),
    update_id     BIGINT NOT NULL,
    digest        TEXT   NOT NULL,
    kind          TEXT   NOT NULL,
    raw           TEXT   NOT NULL,
    state         TEXT   NOT NULL, -- applied | unsupported | failed
    error         TEXT,
    received_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX updates_once ON updates (project_id, update_id, digest);
CREATE INDEX updates_age ON updates (received_at) WHERE state <> 'failed';

-- Durable work. Jobs of one lane are claimed one at a time, in the order of their place in it.
CREATE TABLE jobs (
    id            TEXT   NOT NULL PRIMARY KEY,
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    kind          TEXT   NOT NULL,
    subject       TEXT   NOT NULL, -- what the worker serves: a project's id for the sender
    lane          TEXT   NOT NULL,
    place         BIGINT NOT NULL,
    payload       TEXT   NOT NULL,
    state         TEXT   NOT NULL, -- queued | claimed
    attempts      BIGINT NOT NULL,
    run_at        BIGINT NOT NULL,
    claimed_by    TEXT,
    created_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX jobs_place ON jobs (kind, lane, place);
CREATE INDEX jobs_due ON jobs (kind, subject, run_at, place) WHERE state = 'queued';
CREATE INDEX jobs_claimed ON jobs (kind, lane) WHERE state = 'claimed';

CREATE TABLE event_counters (
    workspace_id  TEXT   NOT NULL PRIMARY KEY REFERENCES workspaces (id),
    last          BIGINT NOT NULL
);
CREATE TABLE events (
    workspace_id  TEXT   NOT NULL,
    number        BIGINT NOT NULL,
    kind          TEXT   NOT NULL,
    entity_id     TEXT   NOT NULL,
    audience      TEXT   NOT NULL, -- workspace | project:ID | member:ID
    at            BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, number)
);
CREATE INDEX events_age ON events (at, workspace_id, number);

CREATE TABLE audit (
    id            TEXT   NOT NULL PRIMARY KEY,
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    at            BIGINT NOT NULL,
    actor_id      TEXT,
    verb          TEXT   NOT NULL,
    subject_kind  TEXT   NOT NULL,
    subject_id    TEXT   NOT NULL,
    detail        TEXT   NOT NULL
);
CREATE INDEX audit_of_workspace ON audit (workspace_id, id);
