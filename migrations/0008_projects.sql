-- What a project says to who writes for the first time, and whether replies are signed with their author's name.
ALTER TABLE projects ADD COLUMN welcome_text TEXT;
ALTER TABLE projects ADD COLUMN signature BOOLEAN NOT NULL DEFAULT FALSE;

-- With whose name a reply ends at Telegram, where its project signs them.
ALTER TABLE messages ADD COLUMN signature TEXT;

-- When its workers were last told to begin anew.
ALTER TABLE projects ADD COLUMN repaired_at BIGINT NOT NULL DEFAULT 0;

-- What the supervisors and agents of a project may do, where that isn't what is usual: desk::access::Operation.
CREATE TABLE project_operations (
    workspace_id  TEXT    NOT NULL REFERENCES workspaces (id),
    project_id    TEXT    NOT NULL REFERENCES projects (id),
    operation     TEXT    NOT NULL,
    allowed       BOOLEAN NOT NULL,
    PRIMARY KEY (workspace_id, project_id, operation)
);

-- Who of them may do more or less.
CREATE TABLE member_operations (
    workspace_id  TEXT    NOT NULL REFERENCES workspaces (id),
    project_id    TEXT    NOT NULL REFERENCES projects (id),
    member_id     TEXT    NOT NULL REFERENCES members (id),
    operation     TEXT    NOT NULL,
    allowed       BOOLEAN NOT NULL,
    PRIMARY KEY (workspace_id, project_id, member_id, operation)
);
