-- Body of the statement trigger that notes a TRUNCATE: a row without a key.
BEGIN
  INSERT INTO {log} (op) VALUES ('T');
  RETURN NULL;
END
