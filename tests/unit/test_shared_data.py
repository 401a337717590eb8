"""The shared data is read beside the project; where it is missing, CI fails and another machine skips the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import shared_data
from tests.servers import ROOT


def test_it_stands_beside_the_project() -> None:
    assert ROOT.parent / "shared" == shared_data.FOLDER


def test_a_file_that_is_there_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_data, "FOLDER", tmp_path)
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "places.csv").touch()
    assert shared_data.shared_folder() == tmp_path
    assert shared_data.shared_folder("reference", "places.csv").exists()


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_a_file_that_is_missing_fails_in_ci_and_skips_elsewhere(
    ci: str, outcome: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_data, "FOLDER", tmp_path)
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match=r"reference.*is not beside the project"):
        shared_data.shared_folder("reference")
