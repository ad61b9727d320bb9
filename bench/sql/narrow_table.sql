-- Rows of 114 bytes in COPY's binary form: 2 for the count of fields, 4 before each of 4 fields, 8 + 8 + 8 + 72 in them.
CREATE TABLE narrow (id bigint NOT NULL, other bigint NOT NULL, at timestamptz NOT NULL, name text NOT NULL);
INSERT INTO narrow
SELECT n, n * 7, timestamptz '2020-01-01 00:00:00+00' + n * interval '1 second', md5(n::text) || md5((n + 1)::text) || 'abcdefgh'
FROM generate_series(1, %(rows)s::bigint) AS n;
