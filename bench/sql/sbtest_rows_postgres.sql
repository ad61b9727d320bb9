-- Its rows, in groups of eleven as sysbench has them; all follows from the number, and is the same on every engine.
INSERT INTO sbtest1 (id, k, c, pad)
SELECT n, 1 + mod(('x' || left(encode(sha256(n::text::bytea), 'hex'), 8))::bit(32)::bigint, %(rows)s),
       regexp_replace(left(encode(sha512(n::text::bytea), 'hex'), 110), '(.{11})(?=.)', '\1-', 'g'),
       regexp_replace(left(encode(sha512((-n)::text::bytea), 'hex'), 55), '(.{11})(?=.)', '\1-', 'g')
FROM generate_series(1, %(rows)s) AS n;
SELECT setval(pg_get_serial_sequence('sbtest1', 'id'), %(rows)s);
