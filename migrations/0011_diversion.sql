-- Who has no limit of their own (-1) takes as many as the project says, which is what everybody who has the usual one did so far. A
-- program that doesn't know this takes it for a limit that is reached.
UPDATE members SET reception_limit = -1 WHERE reception_limit = 3;

-- The oldest session that waits in a project, without looking at those that wait in others.
CREATE INDEX sessions_queue ON sessions (project_id, waiting_since, id) WHERE state = 'waiting';
-- Those that move on as soon as somebody is online and connected.
CREATE INDEX sessions_fallback ON sessions (workspace_id, waiting_since, id) WHERE state = 'open' AND fallback;
