-- Body of the row trigger that notes changed keys. Every name and operator is qualified, so that no search_path can turn it: it runs
-- with our rights. Nothing in it can raise. The old key is noted beside the new one when any byte differs, also where the two are
-- equal under a collation. Writers pay for every expression that is looked at: an update that leaves its key alone costs one. An old
-- or new row that is not there has a NULL for its key, and is never the same.
BEGIN
  IF {is_same_key} AND coalesce(pg_catalog.current_setting('airlift.applying', true), '') OPERATOR(pg_catalog.<>) 'on' THEN
    INSERT INTO {log} (op, {log_columns}) VALUES ('U', {old_key});
  ELSIF coalesce(pg_catalog.current_setting('airlift.applying', true), '') OPERATOR(pg_catalog.=) 'on' THEN
    RETURN NULL;
  ELSIF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
    INSERT INTO {log} (op, {log_columns}) VALUES ('I', {new_key});
  ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
    INSERT INTO {log} (op, {log_columns}) VALUES ('D', {old_key});
  ELSE
    INSERT INTO {log} (op, {log_columns}) VALUES ('U', {old_key}), ('U', {new_key});
  END IF;
  RETURN NULL;
END
