"""What the doctor decides without a server."""

from __future__ import annotations

import pytest

from airlift.ledger import Stage
from airlift.phases.doctor.expected import Names, Should, expected
from airlift.phases.doctor.finding import Finding, Repair


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_its_expectation(stage: Stage) -> None:
    assert expected(stage).how


def test_nothing_of_ours_is_expected_where_nothing_is_known_or_all_is_over() -> None:
    for stage in (None, Stage.CLEANED_UP):
        should = expected(stage)
        assert should.is_over
        assert {should.triggers, should.logs, should.guard, should.shut, should.back} == {Should.NOT}


def test_the_target_must_be_shut_only_as_long_as_the_old_tables_own_the_names() -> None:
    for stage in Stage:
        if expected(stage).guard is Should.MUST:
            assert expected(stage).names is Names.OLD


def test_a_finding_says_object_fact_and_remedy() -> None:
    finding = Finding('table "a"', "is gone", "Look for it", Repair.GUARD)
    assert str(finding) == 'Table "a" is gone. Look for it.'
    assert finding.is_repairable
    assert not Finding('table "a"', "is gone", "Look for it").is_repairable
