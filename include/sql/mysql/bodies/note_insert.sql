-- Body of prepare/create_trigger, for rows that come. Nothing in it can raise: the mark is compared as bytes, whatever a session has put
-- into that variable, and the log's columns are of the key's own types.
BEGIN
  IF @airlift_applying IS NULL OR CAST(@airlift_applying AS binary) <> 'on' THEN
    INSERT INTO {log} (op, {log_columns}) VALUES ('I', {new_key});
  END IF;
END
