-- Body of prepare/create_trigger, for rows that go.
BEGIN
  IF @airlift_applying IS NULL OR CAST(@airlift_applying AS binary) <> 'on' THEN
    INSERT INTO {log} (op, {log_columns}) VALUES ('D', {old_key});
  END IF;
END
