-- How a project's updates come: 'polling' or 'webhook'.
ALTER TABLE projects ADD COLUMN transport TEXT NOT NULL DEFAULT 'polling';
