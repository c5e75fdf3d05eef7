-- What members have begun to write, one per member and customer. Only its member ever sees it.
CREATE TABLE drafts (
    workspace_id  TEXT   NOT NULL REFERENCES workspaces (id),
    member_id     TEXT   NOT NULL REFERENCES members (id),
    customer_id   TEXT   NOT NULL REFERENCES customers (id),
    project_id    TEXT   NOT NULL REFERENCES projects (id),
    text          TEXT   NOT NULL,
    version       BIGINT NOT NULL, -- the time of the edit, so that a draft begun anew never has the version of one that is gone
    PRIMARY KEY (member_id, customer_id)
);
