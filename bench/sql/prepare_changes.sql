-- The changes that are carried: an update of three columns, a new row, a deleted row.
PREPARE change (bigint, integer) AS
UPDATE wide SET product_id = $2, amount = $2 / 100.0, note = 'changed ' || $2 WHERE id = $1;
PREPARE add (bigint) AS
INSERT INTO wide (id, customer_id, product_id, reference, status, amount, is_paid, note, address, details, picture, born_on, placed_at)
VALUES ($1, $1 * 7919 % 100003, 1, md5($1::text)::uuid, 'new', 12.50, false, repeat(md5($1::text), 3), 'New Street ' || $1,
        jsonb_build_object('n', $1, 'by', 'bench'), decode(md5($1::text), 'hex'), date '2000-01-01', clock_timestamp());
PREPARE remove (bigint) AS
DELETE FROM wide WHERE id = $1;
