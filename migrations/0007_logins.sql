-- Whether the workspace's members must have a second factor.
ALTER TABLE workspaces ADD COLUMN second_factor TEXT NOT NULL DEFAULT 'optional'; -- optional | required

ALTER TABLE members ADD COLUMN last_seen_at BIGINT;
ALTER TABLE members ADD COLUMN avatar TEXT; -- the end of its file's name in the media folder
ALTER TABLE members ADD COLUMN send_key TEXT NOT NULL DEFAULT 'enter'; -- enter | ctrl_enter
ALTER TABLE members ADD COLUMN notifications TEXT; -- JSON: desk::members::Notifications; null: as they come
ALTER TABLE members ADD COLUMN second_factor BOOLEAN NOT NULL DEFAULT FALSE; -- whether theirs is confirmed

-- To the minute; null until the first minute has passed.
ALTER TABLE logins ADD COLUMN last_seen_at BIGINT;
CREATE INDEX logins_of_member ON logins (member_id, created_at, id);

-- Attempts to sign in that were verified and refused. Names that nobody has are kept just the same, so that nothing, not even how
-- long it takes, tells them apart; all go after a month.
CREATE TABLE login_attempts (
    id            TEXT    NOT NULL PRIMARY KEY,
    account_key   TEXT    NOT NULL, -- a digest of workspace and login name as typed
    workspace_id  TEXT    REFERENCES workspaces (id),
    member_id     TEXT    REFERENCES members (id),
    at            BIGINT  NOT NULL,
    address       TEXT    NOT NULL,
    device        TEXT    NOT NULL,
    reason        TEXT    NOT NULL, -- wrong_password | wrong_code | unknown | disabled | locked_out
    counts        BOOLEAN NOT NULL  -- towards the account's lock-out: until somebody signs in
);
CREATE INDEX login_attempts_of_account ON login_attempts (account_key, at) WHERE counts;
CREATE INDEX login_attempts_of_member ON login_attempts (member_id, at, id);
CREATE INDEX login_attempts_at ON login_attempts (at);

-- Browsers in which a member has signed in: others' guessing doesn't lock them out there.
CREATE TABLE known_browsers (
    token_hash    TEXT   NOT NULL,
    member_id     TEXT   NOT NULL REFERENCES members (id),
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    expires_at    BIGINT NOT NULL,
    PRIMARY KEY (token_hash, member_id)
);
CREATE INDEX known_browsers_of_member ON known_browsers (member_id, expires_at);
CREATE INDEX known_browsers_at ON known_browsers (expires_at);

CREATE TABLE second_factors (
    member_id     TEXT   NOT NULL PRIMARY KEY REFERENCES members (id),
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    secret        BYTEA, -- encrypted: see desk::secrets; what codes are made from
    new_secret    BYTEA, -- one that is being set up, until a code confirms it
    last_step     BIGINT NOT NULL -- of the last code that was used: none counts twice
);

CREATE TABLE recovery_codes (
    member_id     TEXT   NOT NULL REFERENCES members (id),
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    code_hash     TEXT   NOT NULL,
    PRIMARY KEY (member_id, code_hash)
);
