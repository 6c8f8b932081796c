-- What is forgotten by its age goes by more than one clock: see schema.sql.
CREATE TABLE forgetting (at REAL NOT NULL, touched REAL NOT NULL);
INSERT INTO forgetting SELECT ifnull(max(at), 0), ifnull(max(at), 0) FROM states;
