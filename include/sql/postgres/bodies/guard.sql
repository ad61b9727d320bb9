-- Body of the guard: refuses every session but ours, so that nobody else writes the target before the switch.
BEGIN
  IF coalesce(pg_catalog.current_setting('airlift.applying', true), '') OPERATOR(pg_catalog.<>) 'on' THEN
    RAISE EXCEPTION 'table "%.%" is being filled by migration "%"', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0]
      USING HINT = 'Write to the old table until the switch.', ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  RETURN NULL;
END
