-- What the ordered indexes of search do not hold yet stands in memory, and is found again from here after a kill.
-- All that was committed up to this moment has reached them.
CREATE TABLE merged (
    place INTEGER PRIMARY KEY CHECK (place = 1),
    until INTEGER NOT NULL
) STRICT;

INSERT INTO merged (place, until) SELECT 1, COALESCE(MAX(committed_at), 0) FROM versions;

-- The entries that a resource's change takes away; those that it adds are told by `indexed`.
CREATE TABLE departed (
    committed_at INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    places BLOB NOT NULL
) STRICT;
