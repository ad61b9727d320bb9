"""Tables of MySQL's as MariaDB would have them, and the other way, without a server: what each says of columns, indexes and options."""

from __future__ import annotations

from typing import Any

import pytest

from airlift.databases.shapes import Column, ForeignKey
from airlift.databases.translating import Translated, translator
from airlift.databases.translating.siblings import collations
from airlift.spec import TableName
from tests.unit.test_translating import PRIMARY, index, mysql, refused, shape

TO_MARIADB = translator("MySQL", "MariaDB")
TO_MYSQL = translator("MariaDB", "MySQL")


def text(definition: str, collation: str, **facts: Any) -> Column:
    """A column of texts."""
    return mysql(definition, collation=collation, is_deterministic=collation.endswith("_bin"), **facts)


def told(made: Translated) -> list[tuple[str | None, str]]:
    """What is told, and of which column, up to the first semicolon."""
    return [(note.column, note.fact.partition(";")[0]) for note in made.notes]


@pytest.mark.parametrize(
    ("on_mysql", "on_mariadb"),
    [
        ("utf8mb4_0900_ai_ci", "utf8mb4_uca1400_nopad_ai_ci"),
        ("utf8mb4_0900_as_cs", "utf8mb4_uca1400_nopad_as_cs"),
        ("utf8mb4_0900_bin", "utf8mb4_nopad_bin"),
        ("utf8mb4_es_trad_0900_ai_ci", "utf8mb4_uca1400_spanish2_nopad_ai_ci"),
        ("utf8mb4_croatian_ci", "utf8mb4_croatian_mysql561_ci"),
        *((name, name) for name in ("utf8mb4_general_ci", "utf8mb4_unicode_520_ci", "latin1_swedish_ci", "utf8mb4_bin", "binary")),
    ],
)
def test_a_collation_and_what_stands_for_it_are_each_other_s(on_mysql: str, on_mariadb: str) -> None:
    assert collations.there(on_mysql, "MariaDB").name == on_mariadb
    assert collations.there(on_mariadb, "MySQL").name == on_mysql


@pytest.mark.parametrize(
    ("name", "product", "there", "is_finer"),
    [
        ("utf8mb4_uca1400_ai_ci", "MySQL", "utf8mb4_unicode_520_ci", True),
        ("utf8mb4_uca1400_as_ci", "MySQL", "utf8mb4_0900_as_ci", True),
        ("utf8mb3_uca1400_swedish_as_cs", "MySQL", "utf8mb4_sv_0900_as_cs", True),
        ("utf8mb4_uca1400_ai_cs", "MySQL", "utf8mb4_0900_as_cs", True),
        ("utf8mb4_uca1400_persian_nopad_as_ci", "MySQL", "utf8mb4_0900_as_ci", True),
        ("latin1_nopad_bin", "MySQL", "latin1_bin", False),
        ("latin1_swedish_nopad_ci", "MySQL", "latin1_swedish_ci", False),
        ("utf8mb4_thai_520_w2", "MySQL", "utf8mb4_unicode_520_ci", True),
        ("utf8mb4_ru_0900_ai_ci", "MariaDB", "utf8mb4_uca1400_nopad_ai_ci", True),
        ("utf8mb4_ja_0900_as_cs_ks", "MariaDB", "utf8mb4_uca1400_nopad_as_cs", True),
        ("gb18030_chinese_ci", "MariaDB", "utf8mb4_unicode_520_ci", True),
    ],
)
def test_a_collation_that_only_one_has_gets_the_nearest(name: str, product: str, there: str, is_finer: bool) -> None:
    assert collations.there(name, product) == collations.Counterpart(there, is_finer)


@pytest.mark.parametrize(
    ("column", "there"),
    [
        (mysql("`a` int unsigned NOT NULL DEFAULT '5' COMMENT 'it''s'", comment="it's"),
         "`a` int(10) unsigned NOT NULL DEFAULT '5' COMMENT 'it''s'"),
        (mysql("`a` tinyint(1) DEFAULT NULL"), "`a` tinyint(1) NULL"),
        (mysql("`a` year DEFAULT NULL"), "`a` year(4) NULL"),
        (mysql("`my_row_id` bigint unsigned NOT NULL AUTO_INCREMENT /*!80023 INVISIBLE */"),
         "`my_row_id` bigint(20) unsigned NOT NULL INVISIBLE AUTO_INCREMENT"),
        (mysql("`a` varbinary(9) DEFAULT 0x00FF"), "`a` varbinary(9) NULL DEFAULT (unhex('00FF'))"),
        (mysql("`a` json DEFAULT (json_object())"), "`a` json NULL DEFAULT (json_object())"),
        (mysql("`a` geomcollection DEFAULT NULL"), "`a` geometrycollection NULL"),
        (mysql("`a` vector(3) DEFAULT NULL"), "`a` blob NULL"),
        (mysql("`a` int GENERATED ALWAYS AS ((`b` + 1)) STORED NOT NULL", generated="s"),
         "`a` int(11) GENERATED ALWAYS AS ((`b` + 1)) STORED"),
        (mysql("`a` timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)"),
         "`a` timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)"),
        (text("`a` varchar(9) DEFAULT NULL", "utf8mb4_0900_ai_ci"),
         "`a` varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_nopad_ai_ci NULL"),
    ],
)  # fmt: skip
def test_a_column_of_mysql_is_one_of_mariadb(column: Column, there: str) -> None:
    assert TO_MARIADB.there(column).definition == there


@pytest.mark.parametrize(
    ("column", "there"),
    [
        (mysql("`a` int(10) unsigned NOT NULL DEFAULT 5"), "`a` int unsigned NOT NULL DEFAULT 5"),
        (mysql("`a` int(8) unsigned zerofill DEFAULT NULL"), "`a` int(8) unsigned zerofill NULL"),
        (mysql("`a` year(4) DEFAULT 2020"), "`a` year NULL DEFAULT 2020"),
        (mysql("`a` int(11) INVISIBLE DEFAULT (`b` * 2)"), "`a` int NULL INVISIBLE DEFAULT ((`b` * 2))"),
        (mysql("`a` date DEFAULT curdate()"), "`a` date NULL DEFAULT (curdate())"),
        (mysql("`a` datetime(6) DEFAULT current_timestamp(6)"), "`a` datetime(6) NULL DEFAULT current_timestamp(6)"),
        (mysql("`a` uuid DEFAULT uuid()"), "`a` char(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NULL DEFAULT (uuid())"),
        (mysql("`a` inet6 DEFAULT NULL"), "`a` varchar(45) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NULL"),
        (text("`a` text DEFAULT 'x'", "latin1_swedish_ci"), "`a` text CHARACTER SET latin1 COLLATE latin1_swedish_ci NULL DEFAULT ('x')"),
        (text("`a` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT '{}' CHECK (json_valid(`a`))", "utf8mb4_bin"),
         "`a` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL DEFAULT ('{}')"),
        (mysql("`a` int(11) GENERATED ALWAYS AS (`b` + 1) VIRTUAL INVISIBLE"),
         "`a` int GENERATED ALWAYS AS (`b` + 1) VIRTUAL NULL INVISIBLE"),
    ],
)  # fmt: skip
def test_a_column_of_mariadb_is_one_of_mysql(column: Column, there: str) -> None:
    assert TO_MYSQL.there(column).definition == there


def test_the_type_of_the_spec_is_the_column_s() -> None:
    document = text("`a` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL CHECK (json_valid(`a`))", "utf8mb4_bin")
    made = TO_MYSQL.shape(shape([document, mysql("`v` uuid DEFAULT NULL")], types={"a": "json", "v": "binary(16)"}))
    assert [(each.definition, each.type) for each in made.columns] == [("`a` json NOT NULL", "json"), ("`v` binary(16) NULL", "binary(16)")]
    assert made.checks == []
    assert told(made) == []


def test_checks_of_columns_stand_at_the_table_on_mysql_under_names_of_their_own() -> None:
    made = TO_MYSQL.shape(
        shape(
            [mysql("`a` int(11) DEFAULT NULL CHECK (`a` > 0)")],
            checks=[{"name": "CONSTRAINT_1", "definition": "CHECK (`a` < 9)"}, {"name": "t_low", "definition": "CHECK (`a` <> 3)"},
                    {"name": "x" * 64, "definition": "CHECK (`a` <> 4)"}],
        )
    )  # fmt: skip
    assert [(each["name"], each["definition"]) for each in made.checks] == [
        ("t_CONSTRAINT_1", "CHECK (`a` < 9)"), ("t_low", "CHECK (`a` <> 3)"), (f"t_{'x' * 53}_7239dba1", "CHECK (`a` <> 4)"),
        ("t_a", "CHECK (`a` > 0)"),
    ]  # fmt: skip


def test_a_check_that_is_not_enforced_stays_behind() -> None:
    checks = [
        {"name": "off", "definition": "CHECK ((`a` > 0)) /*!80016 NOT ENFORCED */"},
        {"name": "on", "definition": "CHECK ((`a` < 9))"},
    ]
    made = TO_MARIADB.shape(shape([mysql("`a` int DEFAULT NULL")], checks=checks))
    assert made.checks == checks[1:]
    assert told(made) == [(None, 'check "off" is not enforced, which MariaDB has none of: it is left out')]


def test_indexes_come_along_but_for_what_there_is_none_of() -> None:
    made = TO_MARIADB.shape(
        shape(
            [mysql("`a` int NOT NULL"), text("`b` text", "utf8mb4_bin")],
            index("PRIMARY", "PRIMARY KEY (`a` DESC)", ["a"], **PRIMARY),
            index("unseen", "KEY `unseen` (`b`(10)) COMMENT 'it''s' /*!80000 INVISIBLE */", ["b"]),
            index("words", "FULLTEXT KEY `words` (`b`)", ["b"]),
            index("grams", "FULLTEXT KEY `grams` (`b`) /*!50100 WITH PARSER `ngram` */ ", ["b"]),
            index("low", "UNIQUE KEY `low` ((lower(`b`)))", [], is_unique=True),
        )
    )
    assert [each.tail for each in made.indexes] == [
        "PRIMARY KEY (`a` DESC)", "KEY `unseen` (`b`(10)) COMMENT 'it''s' IGNORED", "FULLTEXT KEY `words` (`b`)",
    ]  # fmt: skip
    assert refused(made) == [(None, 'index "low" is over an expression, and so can\'t keep rows apart there as it does here')]
    assert (None, 'index "grams" has a parser that the other server may not have: it is left out') in told(made)


def test_indexes_over_whole_long_texts_are_none_on_mysql() -> None:
    made = TO_MYSQL.shape(
        shape(
            [mysql("`a` int(11) NOT NULL"), text("`b` text", "utf8mb4_bin"), mysql("`p` point NOT NULL")],
            index("hashed", "UNIQUE KEY `hashed` (`b`) USING HASH", ["b"], is_unique=True),
            index("unseen", "KEY `unseen` (`a`) USING BTREE IGNORED", ["a"]),
            index("places", "SPATIAL KEY `places` (`p`)", ["p"]),
        )
    )
    assert [each.tail for each in made.indexes] == ["KEY `unseen` (`a`) USING BTREE INVISIBLE", "SPATIAL KEY `places` (`p`)"]
    assert refused(made) == [
        (None, 'index "hashed" is over the whole of texts without a length, and so can\'t keep rows apart there as it does here')
    ]


def test_options_are_in_the_other_one_s_words() -> None:
    options = "/*!80023 AUTOEXTEND_SIZE=4194304 */ ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci "
    options += "ROW_FORMAT=DYNAMIC COMPRESSION='zlib'\n/*!50100 PARTITION BY HASH (`a`)\nPARTITIONS 3 */"
    made = TO_MARIADB.shape(shape([mysql("`a` int NOT NULL")], options=options))
    assert made.options.splitlines() == [
        "ENGINE=InnoDB AUTO_INCREMENT=7 ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_nopad_ai_ci",
        "PARTITION BY HASH (`a`)", "PARTITIONS 3",
    ]  # fmt: skip
    assert told(made) == [
        (None, "has options of its server (AUTOEXTEND_SIZE=4194304, COMPRESSION='zlib'), which are left out"),
    ]
    options = "ENGINE=InnoDB DEFAULT CHARSET=latin1 PAGE_CHECKSUM=1 `page_compressed`='1'"
    made = TO_MYSQL.shape(shape([mysql("`a` int(11) NOT NULL")], options=options))
    assert made.options == "ENGINE=InnoDB DEFAULT CHARSET=latin1"
    assert told(made) == [(None, "has options of its server (PAGE_COMPRESSED='1'), which are left out")]


def test_a_comment_in_what_is_said_of_partitions_stays() -> None:
    parts = "/*!50100 PARTITION BY KEY /*!50611 ALGORITHM = 1 */ (a)\nPARTITIONS 2 */"
    made = TO_MARIADB.shape(shape([mysql("`a` int NOT NULL")], options=f"ENGINE=InnoDB\n{parts}"))
    assert made.options == "ENGINE=InnoDB\nPARTITION BY KEY /*!50611 ALGORITHM = 1 */ (a)\nPARTITIONS 2"


def test_partitions_that_only_mariadb_knows_are_refused() -> None:
    parts = "PARTITION BY LIST (`a`)\n(PARTITION `p0` VALUES IN (1,2) ENGINE = InnoDB,\n PARTITION `px` DEFAULT ENGINE = InnoDB)"
    made = TO_MYSQL.shape(shape([mysql("`a` int(11) NOT NULL")], options=f"ENGINE=InnoDB\n{parts}"))
    assert refused(made) == [(None, "is cut into partitions by DEFAULT, which MySQL does not know")]
    parts = parts.replace("`px` DEFAULT", "`default` VALUES IN (3)")
    assert refused(TO_MYSQL.shape(shape([mysql("`a` int(11) NOT NULL")], options=f"ENGINE=InnoDB\n{parts}"))) == []


@pytest.mark.parametrize(
    ("here", "there", "kind", "is_alike"),
    [
        (mysql("`a` enum('x')"), mysql("`a` enum('x')"), "enum", True),
        (mysql("`a` json"), text("`a` longtext CHECK (json_valid(`a`))", "utf8mb4_bin"), "json", True),
        (text("`a` longtext CHECK (json_valid(`a`))", "utf8mb4_bin"), text("`a` longtext", "utf8mb4_bin"), "string", True),
        (mysql("`a` uuid"), text("`a` char(36)", "utf8mb4_0900_bin"), "uuid", True),
        (mysql("`a` float"), mysql("`a` float"), "double", True),
        (mysql("`a` float"), mysql("`a` double"), "double", False),
        (mysql("`a` decimal(10,2)"), mysql("`a` decimal(12,3)"), "decimal", False),
        (mysql("`a` int(8) unsigned zerofill"), mysql("`a` int unsigned"), "decimal", False),
        (mysql("`a` vector(3)"), mysql("`a` blob"), "bytea", False),
        (mysql("`a` year(4)"), mysql("`a` year"), "decimal", True),
    ],
)
def test_values_go_in_one_form(here: Column, there: Column, kind: str, is_alike: bool) -> None:
    assert TO_MYSQL.kind(here, there) == kind
    assert TO_MYSQL.is_written_alike(here, there) is is_alike


def test_unique_texts_are_looked_at_as_the_other_one_compares_them() -> None:
    columns = [text("`a` varchar(9)", "latin1_nopad_bin"), text("`b` text", "utf8mb4_uca1400_ai_ci"), mysql("`n` int(11)")]
    unique = {"is_unique": True}
    indexes = [
        index("one", "UNIQUE KEY `one` (`a`,`n`)", ["a", "n"], **unique),
        index("two", "UNIQUE KEY `two` (`b`(5))", ["b"], **unique),
        index("numbers", "UNIQUE KEY `numbers` (`n`)", ["n"], **unique),
        index("plain", "KEY `plain` (`a`)", ["a"]),
    ]
    assert [(each.index, each.expressions) for each in TO_MYSQL.twins(indexes, columns)] == [
        ("one", ["CONVERT(`a` USING latin1) COLLATE latin1_bin", "`n`"]),
        ("two", ["CONVERT(LEFT(`b`, 5) USING utf8mb4) COLLATE utf8mb4_unicode_520_ci"]),
    ]
    of_mysql = [text("`a` varchar(9)", "utf8mb4_0900_ai_ci"), text("`b` varchar(9)", "utf8mb4_ru_0900_as_cs")]
    found = TO_MARIADB.twins([index(name, f"UNIQUE KEY `{name}` (`{name}`)", [name], **unique) for name in ("a", "b")], of_mysql)
    assert [(each.index, each.expressions) for each in found] == [("b", ["CONVERT(`b` USING utf8mb4) COLLATE utf8mb4_0900_as_cs"])]


def test_a_reference_to_no_unique_key_is_refused_by_mysql_only() -> None:
    parent, child = TableName("shop", "p"), TableName("shop", "c")
    key = ForeignKey(1, "of_p", child, ["n"], parent, ["n"], "ON DELETE CASCADE", True)
    plain = [index("n", "KEY `n` (`n`)", ["n"])]
    assert [note.is_refused for note in TO_MYSQL.foreign_key_notes(key, plain)] == [True]
    assert TO_MARIADB.foreign_key_notes(key, plain) == []
    assert TO_MYSQL.actions(key.actions) == key.actions
