-- Body of the trigger that takes INSERT and UPDATE of a compatibility view to the new table, with the rights of whoever writes. Names
-- are columns before they are variables. `given` is the new table's row as it is to be, `kept` as the statement saw it: a column in
-- which they are the same keeps its value, for what the old columns tell of it may be less. An UPDATE finds its row only while the
-- view still shows what the statement saw, for it was computed from that; else an increment would be lost between two sessions.
#variable_conflict use_column
DECLARE
  "airlift row" record;
  "airlift given" record;
  "airlift kept" record;
  "airlift fault" text;
  "airlift is ours" boolean;
  "airlift is same" boolean;
  "airlift checked" boolean[] := {everything};
  "airlift changed" boolean[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    -- what was stored can be told only to those who may read it
    IF NOT pg_catalog.has_any_column_privilege(TG_ARGV[0], 'SELECT') THEN
      IF {has_identity} THEN
        {insert};
      ELSE
        {insert_without_identity};
      END IF;
      RETURN NEW;
    END IF;
    IF {has_identity} THEN
      {insert} RETURNING {shown} INTO "airlift row";
    ELSE
      {insert_without_identity} RETURNING {shown} INTO "airlift row";
    END IF;
    -- a trigger of the table may leave a row out
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
    RETURN "airlift row";
  END IF;

  SELECT {forward} INTO "airlift given" FROM {new_row};
  SELECT {forward} INTO "airlift kept" FROM {old_row};
  "airlift fault" := {fixed};
  IF "airlift fault" IS NOT NULL THEN
    RAISE EXCEPTION 'column "%" can only be updated to DEFAULT', "airlift fault"
      USING ERRCODE = 'generated_always', DETAIL = 'It is an identity column defined as GENERATED ALWAYS.';
  END IF;
  "airlift fault" := {incomplete};
  IF "airlift fault" IS NOT NULL THEN
    RAISE EXCEPTION 'this UPDATE of "%" does not say what becomes of column "%" of %', TG_TABLE_NAME, "airlift fault", TG_ARGV[0]
      USING ERRCODE = 'feature_not_supported', HINT = 'Old columns that it is made from read as NULL. Set all of them, or write the new table.';
  END IF;
  LOOP
    UPDATE {table} SET {assignments}
     WHERE {matching} AND pg_catalog.record_image_eq(ROW({shown_checked}), ROW({seen_checked}))
    RETURNING {shown} INTO "airlift row";
    IF FOUND THEN
      RETURN "airlift row";
    END IF;
    -- only our own transaction's rows can be seen while their transaction is in progress
    SELECT pg_catalog.pg_xact_status((own + ((theirs - own + 2147483648) & 4294967295) - 2147483648)::text::xid8) = 'in progress', is_same
      INTO "airlift is ours", "airlift is same"
      FROM (SELECT {name}.xmin::text::bigint AS theirs, pg_catalog.pg_current_xact_id()::text::bigint AS own,
                   pg_catalog.record_image_eq(ROW({shown_checked}), ROW({seen_checked})) AS is_same
              FROM {table} WHERE {matching}) AS found;
    -- the row is gone, or a trigger of the table left the change out
    IF NOT FOUND OR "airlift is same" THEN
      RETURN NULL;
    ELSIF "airlift is ours" IS NOT TRUE THEN
      RAISE EXCEPTION 'could not serialize access due to concurrent update'
        USING ERRCODE = 'serialization_failure', DETAIL = pg_catalog.format('View "%s" is written through a trigger.', TG_TABLE_NAME),
              HINT = 'Repeat the transaction, or lock the row with SELECT ... FOR UPDATE before the UPDATE.';
    ELSIF "airlift changed" IS NOT NULL THEN
      -- the statement meets this row a second time: as on a table, the first time counts
      RETURN NULL;
    END IF;
    -- where a cascade or a trigger only changed other columns of this row within the statement, they stay
    "airlift changed" := {changed};
    "airlift checked" := "airlift changed";
  END LOOP;
END
