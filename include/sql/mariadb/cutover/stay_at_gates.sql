-- Stay until the session that has the word lets it go, or is gone, and then as long as any of its keepers is there: of those whose process
-- is gone, too, the server ends each at the latest after a second.
-- Locks: a word of ours, once nobody has it; what the session holds stays shut.
-- Twice: yes.
BEGIN NOT ATOMIC
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN END;
    DO GET_LOCK(%(word)s, %(seconds)s);
  END;
  WHILE (SELECT COUNT(*)
           FROM information_schema.PROCESSLIST
          WHERE ID <> CONNECTION_ID() AND INFO LIKE CONCAT('LOCK TABLES %%/* ', %(word)s, ' */')) > 0 DO
    DO SLEEP(0.02);
  END WHILE;
END;
