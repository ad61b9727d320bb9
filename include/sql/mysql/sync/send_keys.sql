-- Send the keys that the change log has, each spelling once; those that nobody changed are marked: they are only compared.
-- Locks: nothing.
-- Twice: yes.
SELECT CONCAT(line, x'09', MIN(is_check), x'0A'), 1
  FROM (SELECT {line} AS line, `airlift op` = 'V' AS is_check
          FROM (SELECT {log_key}, op AS `airlift op` FROM {log} WHERE op <> 'T') AS {source}) AS logged
 GROUP BY line;
