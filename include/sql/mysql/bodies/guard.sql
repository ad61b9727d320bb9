-- Body of prepare/create_guard. A session of ours passes. Others read what is so now, whatever their snapshot shows: they wait for whoever
-- is shutting or opening the table.
BEGIN
  DECLARE is_shut BOOLEAN DEFAULT FALSE;
  DECLARE is_ours BOOLEAN DEFAULT FALSE;
  BEGIN
    -- raises on MySQL where the variable was a number before and is a text now, which it is in no session of ours
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    SET is_ours = @airlift_applying IS NOT NULL;
  END;
  IF NOT is_ours THEN
    SELECT g.shut INTO is_shut FROM {guards} AS g WHERE g.no = {number} LOCK IN SHARE MODE;
    IF is_shut THEN
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = {message};
    END IF;
  END IF;
END
