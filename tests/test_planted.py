"""The table of planted faults follows the code: each still has its place, and tests that exist."""

from __future__ import annotations

import pytest

from tools import plant

FAULTS = plant.faults()


def test_there_are_enough_faults_and_each_has_a_name_of_its_own():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 15


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_changes_a_file_and_names_tests_there_are(fault: plant.Fault):
    text = (plant.ROOT / fault.file).read_text(encoding="utf-8")
    assert fault.planted_in(text) != text
    for test in fault.tests:
        file, _, name = test.partition("::")
        assert f"def {name}" in (plant.ROOT / file).read_text(encoding="utf-8")


def test_a_place_that_is_gone_stops_the_run():
    with pytest.raises(plant.Misplaced, match="0 times"):
        plant.Fault("x", "y", "not there", "", []).planted_in("text")
