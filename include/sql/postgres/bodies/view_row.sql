-- Body of the FROM in write_through_view: a row of the view as the old table would hold it, its generated columns computed.
(SELECT {columns} FROM (SELECT {values}) AS {name}) AS {name}
