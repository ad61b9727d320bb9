-- Body of prepare/create_trigger, for rows that come. Nothing in it can raise: the mark is compared as bytes, whatever a session has put
-- into that variable, and the log's columns are of the key's own types. MySQL keeps to the type that the variable had when the session
-- first came here, and raises where a text is no such number: then the row is noted.
BEGIN
  DECLARE is_ours BOOLEAN DEFAULT FALSE;
  BEGIN
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF @airlift_applying IS NOT NULL THEN
      SET is_ours = CAST(@airlift_applying AS binary) = 'on';
    END IF;
  END;
  IF NOT is_ours THEN
    INSERT INTO {log} (op, {writer_column} {log_columns}) VALUES ('I', {writer} {new_key});
  END IF;
END
