-- Single-row updates from inside the server, a commit after every hundred, so that nothing but the backend's own work is in its CPU time.
CREATE OR REPLACE PROCEDURE update_one_by_one(first bigint, updates integer) LANGUAGE plpgsql AS $$
BEGIN
  FOR number IN 0 .. updates - 1 LOOP
    UPDATE wide SET product_id = product_id + 1 WHERE id = first + number;
    IF mod(number, 100) = 99 THEN
      COMMIT;
    END IF;
  END LOOP;
END $$;
