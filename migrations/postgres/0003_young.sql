-- As on SQLite; here every commit reaches the ordered indexes at once, so that both stay as they are.
CREATE TABLE merged (
    place BIGINT PRIMARY KEY CHECK (place = 1),
    until BIGINT NOT NULL
);

INSERT INTO merged (place, until) SELECT 1, COALESCE(MAX(committed_at), 0) FROM versions;

CREATE TABLE departed (
    committed_at BIGINT PRIMARY KEY,
    tenant BIGINT NOT NULL,
    resource BIGINT NOT NULL,
    places BYTEA NOT NULL
);
