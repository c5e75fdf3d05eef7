-- The picture that a customer shows at Telegram: the end of its file's name in the media folder, and what is changed with it.
ALTER TABLE customers ADD COLUMN avatar TEXT;

-- When a look at it was last asked for.
ALTER TABLE customers ADD COLUMN avatar_asked_at BIGINT NOT NULL DEFAULT 0;
