"""A whole Airflow in a folder of its own: API server, scheduler, DAG processor and triggerer, each a process.

    with RealAirflow(home, dags=Path("example_dags")) as airflow:
        airflow.unpause("webex_recordings_daily")
        airflow.wait_for(lambda: len(airflow.runs("webex_recordings_daily")) == 3, "three runs")

It is the Airflow of this Python, on SQLite and a free port, without login. When the block ends, in whatever way, none
of its processes is left.
"""

from __future__ import annotations

import ast
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn, Self

import psutil
import requests

AIRFLOW_2 = version("apache-airflow").startswith("2.")
COMMANDS = {
    "api-server": ["webserver", "--workers=1"] if AIRFLOW_2 else ["api-server"],
    # Servers for the logs of other machines would take two more ports.
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
    **({} if AIRFLOW_2 else {"dag-processor": ["dag-processor"]}),  # Airflow 2 parses in the scheduler
}
SETTINGS = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__PARALLELISM": "8",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
    "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "2",
    "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "1",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "5",
    "AIRFLOW__API__HOST": "127.0.0.1",
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}
SETTINGS_OF_AIRFLOW_2 = {
    "AIRFLOW__CORE__EXECUTOR": "SequentialExecutor",  # the only one for SQLite
    "AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.default",
    "AIRFLOW__WEBSERVER__WEB_SERVER_HOST": "127.0.0.1",
    # It starts its tasks with the `airflow` that it finds there.
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
}


class RealAirflowError(Exception):
    """Airflow did not do what was asked of it."""


class RealAirflow:
    """See the module.

    :param home: AIRFLOW_HOME: the database, the tasks' logs, and `<component>.log` with all output of each component
    :param dags: folder of the DAG files
    :param components: which of COMMANDS run
    :param environment: more environment variables: AIRFLOW_CONN_…, AIRFLOW_VAR_…, AIRFLOW__SECTION__OPTION
    :param policy: text of an `airflow_local_settings.py`, such as a cluster policy
    :param port: of the UI and the API; 0 takes a free one
    """

    def __init__(
        self,
        home: Path,
        *,
        dags: Path,
        components: tuple[str, ...] = tuple(COMMANDS),
        environment: Mapping[str, str] | None = None,
        policy: str = "",
        port: int = 0,
    ) -> None:
        self.home, self.components, self.policy = home.resolve(), components, policy
        if not port:
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            # What the shell or a test suite says about another Airflow is not meant for this one.
            **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
            **SETTINGS,
            **(SETTINGS_OF_AIRFLOW_2 if AIRFLOW_2 else {}),
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags.resolve()),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__WEBSERVER__WEB_SERVER_PORT": str(port),
            **(environment or {}),
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._http = requests.Session()
        self._http.trust_env = False  # no proxy on the way to loopback
        self._http.headers["Accept"] = "application/json"

    def __enter__(self) -> Self:
        ends = (signal.SIGTERM, signal.SIGHUP)
        self._handlers = {end: signal.signal(end, lambda number, _: sys.exit(128 + number)) for end in ends}
        try:
            (self.home / "config").mkdir(parents=True, exist_ok=True)
            (self.home / "config" / "airflow_local_settings.py").write_text(self.policy)
            (self.home / "webserver_config.py").write_text("AUTH_ROLE_PUBLIC = 'Admin'\n")  # for Airflow 2
            self.cli("db", "migrate")
            for name in self.components:
                self.start(name)
            self.wait_for(self.is_healthy, "a healthy Airflow", timeout=180)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._processes):
            self.kill(name)
        self._http.close()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def start(self, name: str) -> None:
        with (self.home / f"{name}.log").open("ab") as output:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "airflow", *COMMANDS[name]],
                cwd=self.home,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )

    def kill(self, name: str) -> None:
        """Kill a component and its tasks at once, as a crash does; `start` brings it back."""
        process = self._processes.pop(name)
        # By session: tasks leave the process group of their parent, but not its session.
        while members := [member for member in psutil.process_iter() if _is_alive_in(process.pid, member)]:
            for member in members:
                with suppress(psutil.NoSuchProcess):
                    member.kill()
        process.wait()

    def is_healthy(self) -> bool:
        """Whether all components report that they are well."""
        try:
            health = self.api("GET", "health" if AIRFLOW_2 else "monitor/health")
        except requests.ConnectionError:
            return False
        names = [name.replace("-", "_") for name in self.components if name != "api-server"]
        return all(health[name]["status"] == "healthy" for name in names)

    def wait_for(self, predicate: Callable[[], Any], what: str, *, timeout: float = 60) -> Any:
        """Ask until the answer is true, and return it; fail when a component has ended or the time is up."""
        deadline = time.monotonic() + timeout
        while True:
            for name, process in self._processes.items():
                if process.poll() is not None:
                    self.fail(f"The {name} ended with status {process.returncode} while waiting for {what}.")
            if answer := predicate():
                return answer
            if time.monotonic() > deadline:
                self.fail(f"Waited {timeout:g} seconds for {what}, in vain.")
            time.sleep(0.2)

    def fail(self, message: str) -> NoReturn:
        """Raise an error that shows the last lines of every component too."""
        for path in sorted(self.home.glob("*.log")):
            lines = path.read_text(errors="replace").splitlines()
            message += "\n".join(["", f"--- the end of {path}", *lines[-15:]])
        raise RealAirflowError(message)

    def cli(self, *arguments: str) -> str:
        """Run an `airflow` command and return what it printed."""
        command = [sys.executable, "-m", "airflow", *arguments]
        done = subprocess.run(command, cwd=self.home, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            self.fail(f"`airflow {' '.join(arguments)}` failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def api(self, method: str, path: str, body: Any = None, **parameters: Any) -> Any:
        """Send a request to Airflow's public API, with what follows /api/v2/, and return its answer."""
        url = f"{self.url}/api/{'v1' if AIRFLOW_2 else 'v2'}/{path}"
        response = self._http.request(method, url, json=body, params=parameters, timeout=30)
        if not response.ok:
            raise RealAirflowError(f"{method} {url}: {response.status_code} {response.text}")
        return response.json() if response.content else None

    def unpause(self, dag_id: str) -> None:
        """Wait until the DAG is parsed, and hand it to the scheduler."""
        self.wait_for(lambda: dag_id in [dag["dag_id"] for dag in self.api("GET", "dags")["dags"]], f"DAG {dag_id}")
        self.api("PATCH", f"dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str, **body: Any) -> str:
        """Start a run, such as with logical_date="2026-11-20T00:00:00Z" or conf={...}, and return its id."""
        body = body if AIRFLOW_2 else {"logical_date": None, **body}
        return self.api("POST", f"dags/{dag_id}/dagRuns", body)["dag_run_id"]

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """Return the runs of a DAG in the order of their making, as the API describes them."""
        return self.api("GET", f"dags/{dag_id}/dagRuns", order_by="id")["dag_runs"]

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return the task instances of a run, as the API describes them."""
        return self.api("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        return self.api("GET", path, stringify="false")["value"]

    def log(self, dag_id: str, run_id: str, task_id: str, try_number: int = 1) -> list[str]:
        """Return what one try of a task logged, line by line."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try_number}"
        content = self.api("GET", path, full_content="true")["content"]
        if AIRFLOW_2:
            return [line for _, text in ast.literal_eval(content) for line in text.splitlines()]
        return [_line(entry) for entry in content]


def patiently(call: Callable[..., Any], *arguments: Any) -> bool:
    """Whether a call got through: SQLite is locked now and then while runs are under way."""
    try:
        call(*arguments)
    except RealAirflowError as error:
        if "Database error" in str(error) or "database is locked" in str(error):
            return False
        raise
    return True


def end_with_parent() -> None:
    """Make Linux end this process when its parent ends, even by SIGKILL."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _is_alive_in(session: int, process: psutil.Process) -> bool:
    with suppress(OSError, psutil.Error):
        return os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE
    return False


def _line(entry: dict[str, Any]) -> str:
    """Return a log entry as Airflow 2 writes it, without the traceback."""
    if "timestamp" not in entry:
        return entry["event"]
    place, level = f"{{{entry.get('filename')}:{entry.get('lineno')}}}", entry.get("level", "").upper()
    errors = [f"{error['exc_type']}: {error['exc_value']}" for error in entry.get("error_detail") or []]
    return " ".join([f"[{entry['timestamp']}] {place} {level} - {entry['event']}", *errors])
