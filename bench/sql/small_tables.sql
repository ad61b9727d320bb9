-- Many small tables, each with a primary key and an index.
SELECT set_config('bench.rows', %(rows)s::text, false);
SELECT set_config('bench.tables', %(tables)s::text, false);
DO $$
BEGIN
  FOR number IN 1 .. current_setting('bench.tables')::int LOOP
    EXECUTE format('CREATE TABLE small_%%s (id integer, name text NOT NULL, amount numeric, noted_at timestamptz NOT NULL)', number);
    EXECUTE format('INSERT INTO small_%%s SELECT n, md5(n::text), n / 7.0, now() FROM generate_series(1, $1) AS n', number)
      USING current_setting('bench.rows')::int;
    EXECUTE format('ALTER TABLE small_%%s ADD PRIMARY KEY (id)', number);
    EXECUTE format('CREATE INDEX small_%%s_name ON small_%%s (name)', number, number);
  END LOOP;
END $$;
