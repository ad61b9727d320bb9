-- The sequences that columns of the given tables and of other tables draw from alike.
-- Locks: nothing.
-- Twice: yes.
WITH drawing AS (
  SELECT f.adrelid AS drawer, d.refobjid AS sequence
    FROM pg_catalog.pg_attrdef f
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid
     AND d.refclassid = 'pg_catalog.pg_class'::regclass
    JOIN pg_catalog.pg_class s ON s.oid = d.refobjid AND s.relkind = 'S'
)
SELECT DISTINCT mine.drawer::bigint AS oid, sequence.identity AS sequence, other.identity AS other
  FROM drawing AS mine
  JOIN drawing AS theirs ON theirs.sequence = mine.sequence AND NOT theirs.drawer = ANY (%(oids)s::oid[])
 CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_class'::regclass, mine.sequence, 0) AS sequence
 CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_class'::regclass, theirs.drawer, 0) AS other
 WHERE mine.drawer = ANY (%(oids)s::oid[])
 ORDER BY 1, 2, 3;
