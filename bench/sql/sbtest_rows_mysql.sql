-- Its rows, in groups of eleven as sysbench has them; all follows from the number, and is the same on every engine.
INSERT INTO sbtest1 (id, k, c, pad)
SELECT n, 1 + MOD(CONV(LEFT(SHA2(n, 256), 8), 16, 10), %(rows)s), REGEXP_REPLACE(LEFT(SHA2(n, 512), 110), '(.{11})(?=.)', '\\1-'),
       REGEXP_REPLACE(LEFT(SHA2(-n, 512), 55), '(.{11})(?=.)', '\\1-')
FROM (SELECT CAST(seq AS SIGNED) AS n FROM seq_1_to_%(rows)s) AS numbers;
ANALYZE TABLE sbtest1;
