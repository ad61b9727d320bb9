"""Windows on MariaDB: what changed comes over as it is, whatever was swapped, moved or deleted; what does not fit rolls all back."""

from __future__ import annotations

import pytest

from airlift.databases.failures import UnfitValue
from airlift.databases.mysql.sending import Sending
from airlift.databases.values import KeyRange
from tests.family import seq
from tests.fix_servers import Pair
from tests.moving import moving, run

DEFINITION = "(id int PRIMARY KEY, code varchar(20) UNIQUE, note varchar(50)) CHARACTER SET utf8mb4"


def test_swapped_and_chained_unique_values_come_right(mariadb_databases: Pair) -> None:
    with moving(mariadb_databases, "codes", definition=DEFINITION) as on:
        run(mariadb_databases.source, "INSERT INTO codes VALUES (1, 'a', ''), (2, 'b', ''), (3, 'c', ''), (4, NULL, '')")
        on.copy()
        on.capture()
        run(
            mariadb_databases.source, "UPDATE codes SET code = 'x' WHERE id = 1", "UPDATE codes SET code = 'a' WHERE id = 2",
            "UPDATE codes SET code = 'b' WHERE id = 3", "UPDATE codes SET code = 'c' WHERE id = 1", "DELETE FROM codes WHERE id = 4",
        )  # fmt: skip
        assert on.carry() == (4, 0)
        assert on.exact()


def test_a_changed_key_leaves_nothing_behind(mariadb_databases: Pair) -> None:
    with moving(mariadb_databases, "codes", definition=DEFINITION) as on:
        run(mariadb_databases.source, "INSERT INTO codes VALUES (1, 'a', ''), (2, 'b', '')")
        on.copy()
        on.capture()
        run(mariadb_databases.source, "UPDATE codes SET id = 7 WHERE id = 1", "UPDATE codes SET id = 1 WHERE id = 2")
        assert on.carry() == (3, 0)
        assert on.exact()


@pytest.mark.parametrize("collation", ["utf8mb4_general_ci", "utf8mb4_bin"])
def test_a_key_that_changes_in_case_only_comes_over(mariadb_databases: Pair, collation: str) -> None:
    """Also where the target tells both spellings apart."""
    made = "(id varchar(20) COLLATE {} PRIMARY KEY, note int) CHARACTER SET utf8mb4"
    source, target = made.format("utf8mb4_general_ci"), made.format(collation)
    with moving(mariadb_databases, "words", definition=source, target_definition=target) as on:
        run(mariadb_databases.source, "INSERT INTO words VALUES ('abc', 1), ('def', 2)")
        on.copy()
        on.capture()
        run(mariadb_databases.source, "UPDATE words SET id = 'ABC' WHERE id = 'abc'", "UPDATE words SET id = 'DEF' WHERE id = 'def'",
            "UPDATE words SET id = 'Def' WHERE id = 'def'")  # fmt: skip
        assert on.carry()[1] == 0
        assert sorted(run(mariadb_databases.target, "SELECT id FROM words")) == [("ABC",), ("Def",)]


def test_what_only_the_target_has_is_kept_and_new_rows_get_its_default(mariadb_databases: Pair) -> None:
    more = DEFINITION.replace("note varchar(50)", "note varchar(50), extra varchar(9) NOT NULL DEFAULT 'default'")
    with moving(mariadb_databases, "codes", definition=DEFINITION, target_definition=more) as on:
        assert on.layout.added == ["extra"]
        run(mariadb_databases.source, "INSERT INTO codes VALUES (1, 'a', ''), (2, 'b', ''), (4, 'd', '')")
        on.copy()
        run(mariadb_databases.target, "UPDATE codes SET extra = CONCAT('own ', id)")
        on.capture()
        run(mariadb_databases.source, "UPDATE codes SET note = 'new' WHERE id = 1", "INSERT INTO codes VALUES (3, 'c', '')",
            "DELETE FROM codes WHERE id = 2", "INSERT INTO codes VALUES (2, 'e', '')")  # fmt: skip
        assert on.carry() == (3, 0)
        rows = run(mariadb_databases.target, "SELECT id, code, note, extra FROM codes ORDER BY id")
        assert rows == [(1, "a", "new", "own 1"), (2, "e", "", "own 2"), (3, "c", "", "default"), (4, "d", "", "own 4")]


def test_keys_that_are_only_to_be_compared_are_not_touched(mariadb_databases: Pair) -> None:
    with moving(mariadb_databases, "codes", definition=DEFINITION) as on:
        run(mariadb_databases.source, "INSERT INTO codes VALUES (1, 'a', ''), (2, 'b', ''), (3, 'c', '')")
        on.copy()
        run(mariadb_databases.target, "UPDATE codes SET note = 'wrong' WHERE id = 1", "DELETE FROM codes WHERE id = 2",
            "INSERT INTO codes VALUES (9, 'z', '')")  # fmt: skip
        assert on.suspects() == 3
        assert on.verdicts().waiting == 3
        with on.target.transaction(), on.source.transaction(airlift__applying="on"):
            assert on.checksums.log_suspects(on.source, Sending(on.target), "move", on.layout, on.names) == 3
        assert on.carry() == (3, 3)
        assert (on.verdicts().waiting, on.verdicts().differing) == (0, 3)
        assert run(mariadb_databases.target, "SELECT id, note FROM codes ORDER BY id") == [(1, "wrong"), (3, ""), (9, "")]
        with on.target.transaction(), on.source.transaction():
            found = on.checksums.differences(Sending(on.source), on.target, "move", on.layout, 10)
        assert [(each.key["id"], each.source and each.source["note"], each.target and each.target["note"]) for each in found] == [
            ("1", "", "wrong"), ("2", "", None), ("9", None, ""),
        ]  # fmt: skip
        with on.target.transaction():
            assert on.checksums.doubt(on.target, "move", on.layout) == 3
        on.note(1, 2, 9)
        assert on.carry() == (3, 0)
        assert on.exact()
        assert (on.verdicts().waiting, on.verdicts().differing) == (0, 0)


def test_exchanged_values_are_found_by_the_sum(mariadb_databases: Pair) -> None:
    with moving(mariadb_databases, "codes", definition=DEFINITION) as on:
        run(mariadb_databases.source, "INSERT INTO codes VALUES (1, NULL, 'one'), (2, NULL, 'two')")
        run(mariadb_databases.target, "INSERT INTO codes VALUES (1, NULL, 'two'), (2, NULL, 'one')")
        ours, theirs = on.sums()
        assert ours.rows == theirs.rows == 2
        assert ours.checksum != theirs.checksum
        assert on.suspects(KeyRange(None, ["2"])) == 1


def test_columns_are_named_like_our_own(mariadb_databases: Pair) -> None:
    definition = "(`op` int, `k1` varchar(9), `line` int, `t` int, `select` int, `100%` int, `a b` int, PRIMARY KEY (op, k1))"
    with moving(mariadb_databases, "log ged%", definition=definition) as on:
        run(mariadb_databases.source, "INSERT INTO `log ged%` VALUES (1, 'x', 1, 1, 1, 1, 1), (2, '%s{}', 2, 2, 2, 2, 2)")
        on.copy()
        on.note((1, "x"), (2, "%s{}"))
        run(mariadb_databases.source, "UPDATE `log ged%` SET t = 7, line = 8")
        assert on.carry() == (2, 0)
        assert on.sums()[0] == on.sums()[1]


@pytest.mark.parametrize(
    ("ours", "theirs", "value"),
    [
        ("int", "tinyint", "1000"),
        ("varchar(20)", "varchar(5)", "'much too much'"),
        ("varchar(20) CHARACTER SET utf8mb4", "varchar(20) CHARACTER SET latin1", "'漢'"),
        ("int", "int NOT NULL", "NULL"),
        ("decimal(10,3)", "decimal(10,2)", "1.005"),
        ("varchar(9)", "enum('a')", "'b'"),
        ("varchar(30)", "date", "'no date'"),
        ("int", "int UNIQUE", "5"),
        ("int", "int CHECK (c < 3)", "5"),
        ("blob", "varbinary(3)", "'12345'"),
        ("bigint", "bit(4)", "77"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_nothing_of_it_stays(mariadb_databases: Pair, ours: str, theirs: str, value: str) -> None:
    with moving(
        mariadb_databases, "narrow", definition=f"(id int PRIMARY KEY, c {ours})", target_definition=f"(id int PRIMARY KEY, c {theirs})"
    ) as on:
        run(mariadb_databases.source, "SET NAMES utf8mb4", f"INSERT INTO narrow VALUES (1, NULL), (2, {value}), (3, {value})")
        if "NOT NULL" in theirs:
            run(mariadb_databases.source, "UPDATE narrow SET c = 1 WHERE id = 1")
        with pytest.raises(UnfitValue) as refused:
            on.copy()
        assert "the target" in str(refused.value)
        for words in ("1000", "much too much", "漢", "no date", "12345"):
            assert words not in str(refused.value)
        assert run(mariadb_databases.target, "SELECT COUNT(*) FROM narrow") == [(0,)]
        on.note(1, 2, 3)
        with pytest.raises(UnfitValue):
            on.carry()
        assert run(mariadb_databases.target, "SELECT COUNT(*) FROM narrow") == [(0,)]


def test_rows_of_the_new_table_are_tried_on_one_like_the_old(mariadb_databases: Pair) -> None:
    strict = "(id int PRIMARY KEY, c int NOT NULL CHECK (c < 10))"
    with moving(mariadb_databases, "back", definition="(id int PRIMARY KEY, c int)", target_definition=strict) as on:
        run(mariadb_databases.source, "INSERT INTO back VALUES (1, 1), (2, 2), (3, 30)")
        with on.source.transaction(), on.target.transaction():
            assert on.streams.try_rows(Sending(on.source), on.target, on.layout, 2) == 2
        with pytest.raises(UnfitValue), on.source.transaction(), on.target.transaction():
            on.streams.try_rows(Sending(on.source), on.target, on.layout, 10)
        assert run(mariadb_databases.target, "SELECT COUNT(*) FROM back") == [(0,)]


def test_rows_are_tried_where_no_temporary_table_can_be_alike(mariadb_databases: Pair) -> None:
    definition = "(id int PRIMARY KEY, c text, FULLTEXT (c)) PARTITION BY HASH (id) PARTITIONS 3".replace(", FULLTEXT (c)", "")
    with moving(mariadb_databases, "parted", definition=definition) as on:
        run(mariadb_databases.source, "INSERT INTO parted VALUES (1, 'x')")
        with on.source.transaction(), on.target.transaction():
            assert on.streams.try_rows(Sending(on.source), on.target, on.layout, 10) == 1


def test_suspects_are_logged_without_keeping_writers_waiting(mariadb_databases: Pair) -> None:
    """More than go into the log at a time."""
    with moving(mariadb_databases, "many", definition="(id int PRIMARY KEY, c int)") as on:
        run(mariadb_databases.source, f"INSERT INTO many SELECT seq, seq FROM {seq(2500)}")
        assert on.suspects() == 2500
        with on.target.transaction(), on.source.transaction(airlift__applying="on"):
            assert on.checksums.log_suspects(on.source, Sending(on.target), "move", on.layout, on.names) == 2500
        assert on.carry() == (2500, 2500)
        with on.source.transaction(snapshot=True), on.target.transaction():
            assert on.checksums.count_changed(Sending(on.source), on.target, on.layout, KeyRange(None, None)) == 0
