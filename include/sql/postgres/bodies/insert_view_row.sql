-- Body of the INSERT in write_through_view. An identity column takes the value that it is given, as the old table did.
INSERT INTO {table} {columns} OVERRIDING SYSTEM VALUE SELECT {forward} FROM {new_row}
