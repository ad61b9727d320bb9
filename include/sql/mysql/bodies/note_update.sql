-- Body of prepare/create_trigger, for rows that change. The old key is noted beside the new one when any byte differs, also where the two
-- are equal under a collation.
BEGIN
  IF @airlift_applying IS NULL OR CAST(@airlift_applying AS binary) <> 'on' THEN
    IF {is_same_key} THEN
      INSERT INTO {log} (op, {log_columns}) VALUES ('U', {new_key});
    ELSE
      INSERT INTO {log} (op, {log_columns}) VALUES ('U', {old_key}), ('U', {new_key});
    END IF;
  END IF;
END
