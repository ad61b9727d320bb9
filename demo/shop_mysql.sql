-- The shop of shop.sql for MariaDB and MySQL, and %(rows)s orders for it. Runs once, in an empty database, a statement at a time.
-- The content is the same, row by row and text by text. Every datetime holds UTC, and every session of the shop has the time zone '+00:00'.
-- MariaDB keeps JSON as the text that it was given. So it is given as PostgreSQL and MySQL write it: short keys before long ones.

CREATE TABLE customers (
    id bigint NOT NULL AUTO_INCREMENT,
    email varchar(255) NOT NULL,
    name varchar(255) NOT NULL,
    address json,
    credit decimal(10, 2) NOT NULL DEFAULT 0,
    joined_at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    revision integer NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    UNIQUE (email)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE products (
    id integer NOT NULL AUTO_INCREMENT,
    sku varchar(64) NOT NULL,
    name varchar(255) NOT NULL,
    price decimal(10, 2) NOT NULL,
    attributes json NOT NULL DEFAULT ('{}'),
    sold bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    UNIQUE (sku),
    CHECK (price >= 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE orders (
    id bigint NOT NULL AUTO_INCREMENT,
    number varchar(64) NOT NULL,
    customer_id bigint NOT NULL,
    status enum('new', 'paid', 'shipped', 'returned', 'cancelled') NOT NULL DEFAULT 'new',
    amount decimal(12, 2) NOT NULL,
    note text,
    details json,
    placed_at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    shipped_at datetime(6),
    revision integer NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    UNIQUE (number),
    KEY (customer_id),
    KEY (status, placed_at),
    CHECK (amount >= 0),
    FOREIGN KEY (customer_id) REFERENCES customers (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE order_items (
    id bigint NOT NULL AUTO_INCREMENT,
    order_id bigint NOT NULL,
    product_id integer NOT NULL,
    quantity integer NOT NULL,
    price decimal(10, 2) NOT NULL,
    PRIMARY KEY (id),
    KEY (order_id),
    CHECK (quantity > 0),
    FOREIGN KEY (order_id) REFERENCES orders (id) ON UPDATE CASCADE ON DELETE CASCADE,
    FOREIGN KEY (product_id) REFERENCES products (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE payments (
    id bigint NOT NULL AUTO_INCREMENT,
    order_id bigint NOT NULL,
    amount decimal(12, 2) NOT NULL,
    method varchar(32) NOT NULL,
    reference varchar(255),
    paid_at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (id),
    KEY (order_id),
    FOREIGN KEY (order_id) REFERENCES orders (id) ON UPDATE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TEMPORARY TABLE numbers (n bigint PRIMARY KEY);

-- Each number gives its double and the one after it: twenty steps make a million, where the servers' limit for one by one is a thousand.
INSERT INTO numbers
WITH RECURSIVE doubled (n) AS (
    SELECT 1
    UNION ALL
    SELECT 2 * n + more FROM doubled JOIN (SELECT 0 AS more UNION ALL SELECT 1) AS steps ON 2 * n + more <= GREATEST(2 * %(rows)s, 50)
)
SELECT n FROM doubled;

INSERT INTO customers (id, email, name, address, credit, joined_at)
SELECT n, CONCAT('c', n, '@example.org'), CONCAT('Customer ', LEFT(SHA2(n, 256), 32)),
       CASE WHEN MOD(n, 7) > 0 THEN CONCAT('{"zip": "', LPAD(MOD(n, 99999), 5, '0'), '", "city": "Town ', MOD(n, 500), '"}') END,
       MOD(n, 1000) / 10.0, TIMESTAMPADD(MINUTE, 7 * n, TIMESTAMP '2020-01-01 00:00:00')
FROM numbers WHERE n <= GREATEST(%(rows)s DIV 3, 10) ORDER BY n;

INSERT INTO products (id, sku, name, price, attributes)
SELECT n, CONCAT('SKU-', n), CONCAT('Product ', n), 1 + MOD(n * 37, 20000) / 100.0,
       CONCAT('{"tags": ["t', MOD(n, 9), '", "u', MOD(n, 5), '"], "weight": ', MOD(n, 90), '}')
FROM numbers WHERE n <= GREATEST(%(rows)s DIV 100, 50) ORDER BY n;

INSERT INTO orders (id, number, customer_id, status, amount, note, details, placed_at, shipped_at)
SELECT n, CONCAT('N-', n), 1 + MOD(n * 31, GREATEST(%(rows)s DIV 3, 10)),
       ELT(1 + MOD(n, 5), 'new', 'paid', 'shipped', 'returned', 'cancelled'),
       5 + MOD(n * 7919, 90000) / 100.0,
       CASE WHEN MOD(n, 3) > 0 THEN CONCAT('Note on order ', n, ': ', LEFT(SHA2(n, 256), 32)) END,
       CASE WHEN MOD(n, 5) > 0 THEN
           CONCAT('{"gift": ', CASE WHEN MOD(n, 11) = 0 THEN 'true' ELSE 'false' END, ', "channel": "web", "campaign": ', MOD(n, 40), '}') END,
       TIMESTAMPADD(SECOND, 11 * n, TIMESTAMP '2023-01-01 00:00:00'),
       CASE WHEN MOD(n, 2) = 0 THEN TIMESTAMPADD(SECOND, 11 * n, TIMESTAMP '2023-01-03 12:30:00.123456') END
FROM numbers WHERE n <= %(rows)s ORDER BY n;

INSERT INTO order_items (id, order_id, product_id, quantity, price)
SELECT n, 1 + (n - 1) DIV 2, 1 + MOD(n * 13, GREATEST(%(rows)s DIV 100, 50)), 1 + MOD(n, 4), 1 + MOD(n * 41, 9000) / 100.0
FROM numbers WHERE n <= 2 * %(rows)s ORDER BY n;

INSERT INTO payments (id, order_id, amount, method, reference, paid_at)
SELECT n - n DIV 5, n, 5 + MOD(n * 7919, 90000) / 100.0, ELT(1 + MOD(n, 3), 'card', 'transfer', 'cash'),
       CASE WHEN MOD(n, 3) < 2 THEN CONCAT('REF-', LEFT(SHA2(n, 256), 32)) END,
       TIMESTAMPADD(SECOND, 11 * n, TIMESTAMP '2023-01-01 06:00:00')
FROM numbers WHERE n <= %(rows)s AND MOD(n, 5) > 0 ORDER BY n;

DROP TEMPORARY TABLE numbers;
