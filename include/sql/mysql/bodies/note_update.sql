-- Body of prepare/create_trigger, for rows that change. The old key is noted beside the new one when any byte differs, also where the two
-- are equal under a collation.
BEGIN
  DECLARE is_ours BOOLEAN DEFAULT FALSE;
  BEGIN
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF @airlift_applying IS NOT NULL THEN
      SET is_ours = CAST(@airlift_applying AS binary) = 'on';
    END IF;
  END;
  IF NOT is_ours THEN
    IF {is_same_key} THEN
      INSERT INTO {log} (op, {writer_column} {log_columns}) VALUES ('U', {writer} {new_key});
    ELSE
      INSERT INTO {log} (op, {writer_column} {log_columns}) VALUES ('U', {writer} {old_key}), ('U', {writer} {new_key});
    END IF;
  END IF;
END
