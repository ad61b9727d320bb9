-- The wide table's key and indexes.
ALTER TABLE wide ADD PRIMARY KEY (id);
CREATE INDEX wide_customer ON wide (customer_id);
CREATE INDEX wide_placed ON wide (placed_at);
CREATE INDEX wide_status_amount ON wide (status, amount);
