-- How many rows there are, and a sum of what is in them: the same on every engine.
SELECT count(*), sum(('x' || left(encode(sha256(concat_ws(',', id, k, c::text, pad::text)::bytea), 'hex'), 8))::bit(32)::bigint) FROM sbtest1
