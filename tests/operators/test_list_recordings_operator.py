"""ListRecordingsOperator, run by a real Airflow against the stand-in API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_provider_webex_recordings.operators.webex_recordings import ListRecordingsOperator
from tests.helpers.airflow_runs import Run, run_dag
from tests.webex_api import WebexApi, faults, make_recordings

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=4)
DAY = timedelta(days=1)


@pytest.fixture
def webex(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebexApi]:
    """A Webex with 250 recordings a day, known to Airflow as webex_default."""
    with WebexApi(recordings=make_recordings(1000, START, END)) as api:
        use(api, monkeypatch)
        yield api


def use(api: WebexApi, monkeypatch: pytest.MonkeyPatch, **extra: Any) -> None:
    connection = {"conn_type": "webex", "host": api.url, "password": api.token, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_WEBEX_DEFAULT", json.dumps(connection))


def run_day(day: datetime, retries: int = 0, **arguments: Any) -> Run:
    """Run a daily DAG with one ListRecordingsOperator for the interval that begins at a day."""
    with DAG(
        "recordings",
        schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
        start_date=START - DAY,
        default_args={"retries": retries},
    ) as dag:
        ListRecordingsOperator(task_id="list", **arguments)
    return run_dag(dag, day + DAY)


def recording(recording_id: str, created: datetime) -> dict[str, Any]:
    return {"id": recording_id, "createTime": created.isoformat(), "status": "available"}


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_days_file_holds_the_days_recordings_in_the_apis_order(webex: WebexApi, tmp_path: Path) -> None:
    run = run_day(START, output_path=f"file://{tmp_path}/{{{{ data_interval_start | ds }}}}.jsonl")

    written = lines(tmp_path / "2026-11-01.jsonl")
    assert written == webex.recordings.between(START, START + DAY)
    assert len(written) > 200
    summary = run.results["list"]
    assert summary["count"] == len(written)
    assert summary["bytes"] == (tmp_path / "2026-11-01.jsonl").stat().st_size
    assert summary["window"] == {
        "start": "2026-11-01T00:00:00.000Z",
        "end": "2026-11-02T00:00:00.000Z",
        "source": "data interval",
    }


def test_neighbouring_runs_share_nothing_and_miss_nothing(webex: WebexApi, tmp_path: Path) -> None:
    for border in (START + DAY, START + 2 * DAY):
        webex.recordings.add(recording(f"on the border {border}", border))

    for day in range(4):
        run_day(START + day * DAY, output_path=f"file://{tmp_path}/{day}.jsonl")

    ids = [line["id"] for day in range(4) for line in lines(tmp_path / f"{day}.jsonl")]
    assert len(ids) == len(set(ids)) == 1002
    assert set(ids) == {one["id"] for one in webex.recordings.all()}


def test_a_second_run_replaces_its_own_file_and_no_other(webex: WebexApi, tmp_path: Path) -> None:
    folder = f"file://{tmp_path}/"
    run_day(START, output_path=folder)
    run_day(START + DAY, output_path=folder)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    webex.recordings.add(recording("late", START + timedelta(hours=5)))

    run_day(START, output_path=folder)

    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(after) == sorted(before)
    changed = [name for name in after if after[name] != before[name]]
    assert changed == ["recordings.list.20261101T000000.000Z-20261102T000000.000Z.jsonl"]


def test_without_a_path_the_recordings_go_to_xcom(webex: WebexApi) -> None:
    run = run_day(START, max_xcom_bytes=10_000_000)

    assert run.results["list"] == webex.recordings.between(START, START + DAY)


def test_a_list_too_large_for_xcom_is_an_error_and_nothing_is_pushed(
    webex: WebexApi, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    run = run_day(START, max_xcom_bytes=1000)

    assert run.tasks == {"list": "failed"}
    assert run.results == {}
    assert "output_path" in caplog.text + "".join(capfd.readouterr())
    assert len(webex.list_requests) == 1


@pytest.mark.parametrize("output", ["file", "xcom"])
def test_a_day_without_recordings_gives_an_empty_result(webex: WebexApi, tmp_path: Path, output: str) -> None:
    path = tmp_path / "empty.jsonl"

    run = run_day(END + DAY, output_path=f"file://{path}" if output == "file" else None)

    if output == "file":
        assert path.read_bytes() == b""
        assert run.results["list"]["count"] == 0
    else:
        assert run.results["list"] == []


def test_a_run_that_fails_half_way_leaves_the_old_file_and_no_other(webex: WebexApi, tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    path.write_text("the good old one\n")
    webex.faults.add(faults.status(405), when=faults.nth_list_request(2))

    run = run_day(START, output_path=f"file://{path}")

    assert run.tasks == {"list": "failed"}
    assert path.read_text() == "the good old one\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_refused_token_fails_at_once_although_retries_are_left(
    webex: WebexApi, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    webex.revoke(webex.token)

    run = run_day(START, retries=2)

    assert run.tasks == {"list": "failed"}
    log = caplog.text + "".join(capfd.readouterr())
    assert "Enter a new one" in log
    assert webex.token not in log


def test_filters_are_templated_and_reach_the_api(webex: WebexApi, tmp_path: Path) -> None:
    run = run_day(
        START,
        role="admin",
        status="{{ 'deleted' }}",
        owner_email="{{ 'user' ~ 3 }}@example.com",
        topic="call & co",
        timezone="Europe/Berlin",
        page_size=7,
        output_path=f"file://{tmp_path}/out.jsonl",
    )

    assert run.state == "success"
    (request,) = webex.list_requests
    assert request.path == "/v1/admin/convergedRecordings"
    assert dict(request.query) == {
        "from": "2026-11-01T00:00:00.000Z",
        "to": "2026-11-02T00:00:00.000Z",
        "max": "7",
        "status": "deleted",
        "ownerEmail": "user3@example.com",
        "topic": "call & co",
    }
    assert ("timezone", "Europe/Berlin") in request.headers


def test_a_run_with_an_empty_interval_fails_and_shows_the_lines_to_add(
    webex: WebexApi, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with DAG("zero", schedule=None, start_date=START) as dag:
        ListRecordingsOperator(task_id="list")

    run = run_dag(dag, START + DAY)

    assert run.tasks == {"list": "failed"}
    log = caplog.text + "".join(capfd.readouterr())
    assert "window=timedelta(days=1)" in log
    assert "CronDataIntervalTimetable" in log
    assert webex.requests == []


def announced(start: datetime, end: datetime, *, repeated: bool = False) -> Any:
    """An asset event of NewRecordingsEventTrigger, as a triggered run finds it."""
    window = {"start": start.isoformat(), "end": end.isoformat()}
    payload = {"window": window, "lookback": 0.0, "repeated": repeated}
    return SimpleNamespace(extra={"from_trigger": True, "payload": payload})


def list_events(tmp_path: Path, *events: Any, folder: str = "") -> dict[str, Any]:
    operator = ListRecordingsOperator(task_id="list", output_path=f"file://{tmp_path}/{folder}")
    context: Any = {
        "triggering_asset_events": {"webex": list(events)},
        "outlet_events": {},
        "ti": SimpleNamespace(dag_id="recordings", task_id="list", map_index=-1),
    }
    return operator.execute(context)


def test_an_event_that_is_repeated_replaces_its_own_file_and_the_new_one_has_another(
    webex: WebexApi, tmp_path: Path
) -> None:
    """A triggerer that was killed announces once more what an earlier run has listed, maybe with what came since."""
    list_events(tmp_path, announced(START, START + DAY))

    summary = list_events(
        tmp_path,
        announced(START, START + DAY, repeated=True),
        announced(START + DAY, START + 2 * DAY),
        announced(START + 2 * DAY, START + 3 * DAY),
    )

    files = sorted(tmp_path.iterdir())
    assert [file.name.split(".", 2)[2] for file in files] == [
        "20261101T000000.000Z-20261102T000000.000Z.jsonl",
        "20261102T000000.000Z-20261104T000000.000Z.jsonl",
    ]
    listed = [line["id"] for file in files for line in lines(file)]
    assert len(listed) == len(set(listed)) == len(webex.recordings.between(START, START + 3 * DAY))
    assert summary["window"]["source"] == "3 triggering asset events"
    assert summary["repeated_windows"] == [{"start": "2026-11-01T00:00:00.000Z", "end": "2026-11-02T00:00:00.000Z"}]
    assert summary["count"] == len(lines(files[1]))


def test_with_one_file_for_the_run_a_repeated_event_is_listed_into_it(webex: WebexApi, tmp_path: Path) -> None:
    """Which path the earlier run wrote, nobody knows; what is lost is worse than what is twice."""
    list_events(
        tmp_path,
        announced(START, START + DAY, repeated=True),
        announced(START + DAY, START + 2 * DAY),
        folder="run.jsonl",
    )

    assert lines(tmp_path / "run.jsonl") == webex.recordings.between(START, START + 2 * DAY)


def test_an_event_that_reaches_one_run_twice_is_listed_once(webex: WebexApi, tmp_path: Path) -> None:
    summary = list_events(tmp_path, announced(START, START + DAY), announced(START, START + DAY, repeated=True))

    assert "repeated_windows" not in summary
    (file,) = tmp_path.iterdir()
    assert lines(file) == webex.recordings.between(START, START + DAY)
