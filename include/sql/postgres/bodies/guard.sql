-- Body of the guard: refuses every session but ours, so that nobody else writes the side that the service is not on.
BEGIN
  IF coalesce(pg_catalog.current_setting('airlift.applying', true), '') OPERATOR(pg_catalog.<>) ALL (ARRAY['on', 'back']) THEN
    RAISE EXCEPTION 'table "%.%" is shut by migration "%"', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0]
      USING HINT = 'The service is on the other side of the migration: write there.', ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  RETURN NULL;
END
