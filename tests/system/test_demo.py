"""The main job on a whole Airflow: the scheduler makes the runs, workers of its own run the tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.demo import DAYS, POLICY, REPOSITORY, TOKEN, Day, check, run_three_days, webex
from tests.helpers.real_airflow import RealAirflow

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[Day]:
    folder = tmp_path_factory.mktemp("demo")
    airflow = RealAirflow(folder / "airflow", dags=REPOSITORY / "example_dags", policy=POLICY)
    with webex() as webex_url, airflow:
        return run_three_days(airflow, webex_url, folder / "recordings")


def test_the_scheduler_runs_each_day_once(days: list[Day]) -> None:
    """Three runs, one for each day, all green at the first try."""
    assert [day.run["data_interval_start"][:19] for day in days] == [f"{day}T00:00:00" for day in DAYS]
    assert {day.run["run_type"] for day in days} == {"scheduled"}
    assert [(day.task["state"], day.task["try_number"]) for day in days] == [("success", 1)] * 3


def test_each_file_holds_its_day(days: list[Day]) -> None:
    """What the API holds for the day, by id and in its order; the neighbours share nothing and miss nothing."""
    check(days)
    assert [len(day.ids) for day in days] == [333, 333, 334]


def test_the_task_returns_a_summary_and_no_recordings(days: list[Day]) -> None:
    """Where, how many, which window; that is all that goes through Airflow's database."""
    for day, date in zip(days, DAYS, strict=True):
        assert Path(day.summary["path"].removeprefix("file://")) == day.file
        assert day.summary["count"] == len(day.ids)
        assert day.summary["window"]["start"].startswith(str(date))


def test_the_log_tells_the_story(days: list[Day]) -> None:
    """Which window, how many, where to."""
    for day in days:
        log = "\n".join(day.log)
        assert "This run covers" in log
        assert f"listed {len(day.ids)} recordings" in log
        assert str(day.file) in log


def test_no_log_holds_the_token(days: list[Day]) -> None:
    """Neither the tasks' logs nor the output of any component."""
    logs = list(days[0].file.parents[2].rglob("*.log"))
    assert len(logs) > len(days)
    assert not [log for log in logs if TOKEN in log.read_text()]
