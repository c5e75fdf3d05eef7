-- The installation, of which there is one.
CREATE TABLE installation (
    id     TEXT NOT NULL PRIMARY KEY, -- 'this'
    media  TEXT                       -- the mark of its media folder; null until a server has started
);
INSERT INTO installation (id) VALUES ('this');

-- The servers that share this database. No times in it: that a node lives shows in its beat, which grows.
CREATE TABLE nodes (
    id       TEXT    NOT NULL PRIMARY KEY, -- of its data folder
    run      TEXT    NOT NULL,             -- of its process: what its leases are signed with
    name     TEXT    NOT NULL,             -- for people
    beat     BIGINT  NOT NULL,
    leaving  BOOLEAN NOT NULL              -- it is stopping, and gives its leases back
);
CREATE UNIQUE INDEX nodes_run ON nodes (run);

-- Who serves a project: polls for it and sends its replies. A holder that is the run of no node holds nothing.
CREATE TABLE leases (
    id      TEXT NOT NULL PRIMARY KEY REFERENCES projects (id), -- the project
    holder  TEXT NOT NULL
);
CREATE INDEX leases_of_holder ON leases (holder);
