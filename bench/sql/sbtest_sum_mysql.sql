-- How many rows there are, and a sum of what is in them: the same on every engine.
SELECT COUNT(*), CAST(SUM(CONV(LEFT(SHA2(CONCAT_WS(',', id, k, c, pad), 256), 8), 16, 10)) AS UNSIGNED) FROM sbtest1
