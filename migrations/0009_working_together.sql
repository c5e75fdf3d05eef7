-- Who gets a project's sessions, and what happens to them by itself. Null takes the rule away.
ALTER TABLE projects ADD COLUMN diversion TEXT NOT NULL DEFAULT 'in_turn'; -- in_turn | online_first | least_busy
ALTER TABLE projects ADD COLUMN prefer_last BOOLEAN NOT NULL DEFAULT FALSE; -- the member who served the customer last goes first
ALTER TABLE projects ADD COLUMN take_up_seconds BIGINT; -- not taken up in this time: goes on to the next
ALTER TABLE projects ADD COLUMN quiet_minutes BIGINT DEFAULT 1440; -- a session ends by itself after so long without an answer to us
ALTER TABLE projects ADD COLUMN reopen_minutes BIGINT NOT NULL DEFAULT 10; -- a customer who writes within it gets the same session
ALTER TABLE projects ADD COLUMN alert_minutes BIGINT DEFAULT 10; -- who waits longer is reported to supervisors
ALTER TABLE projects ADD COLUMN default_limit BIGINT NOT NULL DEFAULT 3; -- the reception limit of members who have none of their own
ALTER TABLE projects ADD COLUMN transfer_text TEXT; -- what customers are told at a transfer; null: the portal's words

-- After so long without a connected portal a member is set offline.
ALTER TABLE workspaces ADD COLUMN offline_after_minutes BIGINT DEFAULT 10;

-- Whether a portal of theirs is connected: its last sign of life is less than two minutes old. Kept by the server, so that diversion
-- at any node goes by one and the same answer.
ALTER TABLE members ADD COLUMN connected BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE members ADD COLUMN beat_at BIGINT;
CREATE INDEX members_connected ON members (beat_at) WHERE connected;

ALTER TABLE sessions ADD COLUMN answered BOOLEAN NOT NULL DEFAULT FALSE; -- the last message is a member's
ALTER TABLE sessions ADD COLUMN first_reply_at BIGINT;
ALTER TABLE sessions ADD COLUMN quiet_warned_at BIGINT; -- when its assignee was told that it will end by itself
ALTER TABLE sessions ADD COLUMN take_up_by BIGINT; -- not taken up by then: goes on
ALTER TABLE sessions ADD COLUMN passed TEXT; -- JSON: the members who did not take it up, this round
ALTER TABLE sessions ADD COLUMN fallback BOOLEAN NOT NULL DEFAULT FALSE; -- given to somebody who isn't online and connected
ALTER TABLE sessions ADD COLUMN handover TEXT; -- JSON: who handed it over, with what note; until it is taken up
UPDATE sessions SET answered = TRUE WHERE last_message LIKE '%"direction":"out"%';
CREATE INDEX sessions_quiet ON sessions (project_id, last_message_at) WHERE state = 'open' AND answered;
CREATE INDEX sessions_take_up ON sessions (take_up_by) WHERE state = 'open' AND take_up_by IS NOT NULL;

-- What members are told of besides what they look at. Theirs alone.
CREATE TABLE notices (
    id            TEXT   NOT NULL PRIMARY KEY,
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    member_id     TEXT   NOT NULL REFERENCES members (id),
    what          TEXT   NOT NULL, -- desk::notifications::What
    project_id    TEXT   REFERENCES projects (id),
    session_id    TEXT   REFERENCES sessions (id),
    customer_id   TEXT   REFERENCES customers (id),
    by_id         TEXT   REFERENCES members (id),
    detail        TEXT   NOT NULL, -- JSON
    at            BIGINT NOT NULL,
    read_at       BIGINT
);
CREATE INDEX notices_of_member ON notices (member_id, id);
CREATE INDEX notices_unread ON notices (member_id) WHERE read_at IS NULL;
CREATE INDEX notices_age ON notices (at);
