-- Body of prepare/create_guard. A session of ours passes. Others read what is so now, whatever their snapshot shows: they wait for whoever
-- is shutting or opening the table. The variable is declared behind the question, for the copy asks it for every row.
IF @airlift_applying IS NULL THEN
  BEGIN
    DECLARE is_shut BOOLEAN DEFAULT FALSE;
    SELECT g.shut INTO is_shut FROM {guards} AS g WHERE g.no = {number} LOCK IN SHARE MODE;
    IF is_shut THEN
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = {message};
    END IF;
  END;
END IF
