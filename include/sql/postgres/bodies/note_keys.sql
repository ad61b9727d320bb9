-- Body of the row trigger that notes changed keys. Every name is qualified, so that no search_path can turn it; nothing in it can
-- raise; the old key is noted beside the new one when any byte differs, also where the two are equal under a collation.
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO {log} (op, {log_columns}) VALUES ('I', {new_key});
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO {log} (op, {log_columns}) VALUES ('D', {old_key});
  ELSE
    INSERT INTO {log} (op, {log_columns}) VALUES ('U', {old_key});
    IF pg_catalog.record_image_ne(ROW({old_key}), ROW({new_key})) THEN
      INSERT INTO {log} (op, {log_columns}) VALUES ('U', {new_key});
    END IF;
  END IF;
  RETURN NULL;
END
