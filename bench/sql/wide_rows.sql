-- Rows for the wide table, about 400 bytes each; all follows from the number.
INSERT INTO wide
SELECT n, mod(n * 7919, 100003), mod(n, 5003), md5(n::text)::uuid, (ARRAY['new', 'paid', 'shipped', 'returned'])[1 + mod(n, 4)],
       mod(n * 31, 1000000) / 100.0, CASE WHEN mod(n, 5) > 0 THEN sqrt(n) END, mod(n, 3) = 0,
       CASE WHEN mod(n, 7) > 0 THEN repeat(md5(n::text) || ' ', 3) END, mod(n, 999) || ' Long Street, Town ' || mod(n, 500),
       jsonb_build_object('n', n, 'tags', jsonb_build_array('a', 'b', mod(n, 10)), 'by', 'clerk ' || mod(n, 40)),
       decode(repeat(md5(n::text), 2), 'hex'), date '1950-01-01' + mod(n, 20000)::int,
       timestamptz '2020-01-01 00:00:00+00' + n * interval '13 seconds',
       CASE WHEN mod(n, 2) = 0 THEN timestamp '2020-01-02' + n * interval '13 seconds' END
FROM generate_series(1, %(rows)s::bigint) AS n;
SELECT setval(pg_get_serial_sequence('wide', 'id'), %(rows)s::bigint);
