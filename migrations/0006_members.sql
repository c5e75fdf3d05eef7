ALTER TABLE members ADD COLUMN email TEXT;
-- From then on the account may not be used; null: no such date.
ALTER TABLE members ADD COLUMN expires_at BIGINT;
CREATE INDEX members_expiring ON members (expires_at) WHERE expires_at IS NOT NULL AND deleted_at IS NULL;

-- Links that set a password: of who has none yet, and of who has forgotten theirs. Those that are over stay: they say why.
CREATE TABLE invitations (
    id            TEXT   NOT NULL PRIMARY KEY,
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    member_id     TEXT   NOT NULL REFERENCES members (id),
    kind          TEXT   NOT NULL, -- invitation | reset
    token_hash    TEXT   NOT NULL,
    created_by    TEXT   NOT NULL REFERENCES members (id),
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    used_at       BIGINT,
    revoked_at    BIGINT,
    mailed_at     BIGINT,
    mail_error    TEXT    -- what the mail server said, or why it could not be asked
);
CREATE UNIQUE INDEX invitations_token ON invitations (token_hash);
CREATE UNIQUE INDEX invitations_one_open ON invitations (member_id) WHERE used_at IS NULL AND revoked_at IS NULL;
