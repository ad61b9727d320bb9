-- Body of prepare/create_trigger, for rows that go.
BEGIN
  DECLARE is_ours BOOLEAN DEFAULT FALSE;
  BEGIN
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF @airlift_applying IS NOT NULL THEN
      SET is_ours = CAST(@airlift_applying AS binary) = 'on';
    END IF;
  END;
  IF NOT is_ours THEN
    INSERT INTO {log} (op, {writer_column} {log_columns}) VALUES ('D', {writer} {old_key});
  END IF;
END
