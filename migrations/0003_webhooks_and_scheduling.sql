-- How a project's updates come: 'polling' or 'webhook'.
ALTER TABLE projects ADD COLUMN transport TEXT NOT NULL DEFAULT 'polling';

-- When a queued reply is expected to be sent, where it has to wait for a while.
ALTER TABLE messages ADD COLUMN expected_at BIGINT;

-- 0: somebody waits for it; 1: automatic, behind those.
ALTER TABLE jobs ADD COLUMN urgency BIGINT NOT NULL DEFAULT 0;
DROP INDEX jobs_due;
CREATE INDEX jobs_due ON jobs (kind, subject, urgency, run_at, place) WHERE state = 'queued';
