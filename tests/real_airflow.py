"""A whole Airflow in a folder of its own: scheduler, API server and what else is wanted, each a process.

    with RealAirflow(home, dags=Path("example_dags")) as airflow:
        airflow.unpause("webex_recordings_daily")
        airflow.wait_for(lambda: len(airflow.runs("webex_recordings_daily")) == 3, "three runs")

It runs the Airflow of this Python, on SQLite and a free port, without login. When the block ends, in whatever way,
none of its processes is left.
"""

from __future__ import annotations

import ctypes
import json
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
COMPONENTS = ("api-server", "scheduler", "triggerer") if AIRFLOW_2 else ("api-server", "scheduler", "dag-processor", "triggerer")
COMMANDS = {
    # Without their servers for the logs of other machines, which would take two more ports.
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "triggerer": ("triggerer", "--skip-serve-logs"),
    **({"api-server": ("webserver", "--workers", "1")} if AIRFLOW_2 else {}),
}
SETTINGS = {
    "core.load_examples": "False",
    "core.parallelism": "4",
    "core.simple_auth_manager_all_admins": "True",
    "database.load_default_connections": "False",
    "scheduler.scheduler_heartbeat_sec": "1",
    "scheduler.scheduler_idle_sleep_time": "0.2",
    "dag_processor.refresh_interval": "2",
    "dag_processor.bundle_refresh_check_interval": "1",
    "dag_processor.min_file_process_interval": "5",
    "triggerer.job_heartbeat_sec": "1",
    "triggerer.triggerer_health_check_threshold": "5",
    "api.host": "127.0.0.1",
    "api.workers": "1",
}
SETTINGS_2 = {
    "core.executor": "SequentialExecutor",  # all that Airflow 2 has for SQLite
    "scheduler.min_file_process_interval": "5",
    "api.auth_backends": "airflow.api.auth.backend.default",
    "webserver.web_server_host": "127.0.0.1",
}
PR_SET_PDEATHSIG = 1


class AirflowProblem(Exception):
    """Airflow did not do what was asked of it; the text ends with the last lines of its logs."""


class RealAirflow:
    """A context manager; see the module.

    :param home: AIRFLOW_HOME: the database, the logs of the tasks, and `<component>.log` with all output of each
    :param dags: folder of the DAG files
    :param connections: Airflow connections by id, each as the dict of its JSON form; they live in the environment
    :param variables: Airflow Variables by key; they too
    :param components: which of COMPONENTS run
    :param settings: more of Airflow's configuration, as {"section.option": "value"}
    :param policy: text of an `airflow_local_settings.py`, such as a cluster policy
    :param port: of the UI and the API; 0 takes a free one
    """

    def __init__(
        self,
        home: Path,
        *,
        dags: Path,
        connections: Mapping[str, Mapping[str, Any]] | None = None,
        variables: Mapping[str, str] | None = None,
        components: tuple[str, ...] = COMPONENTS,
        settings: Mapping[str, str] | None = None,
        policy: str = "",
        port: int = 0,
    ) -> None:
        self.home, self.components, self.policy = home.resolve(), components, policy
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        options = {
            **SETTINGS,
            **(SETTINGS_2 if AIRFLOW_2 else {}),
            "core.dags_folder": str(dags.resolve()),
            "core.execution_api_server_url": f"{self.url}/execution/",
            "api.base_url": self.url,
            "api.port": str(self.port),
            "webserver.web_server_port": str(self.port),
            **(settings or {}),
        }
        no_proxy = ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1", "localhost")))
        # Airflow 2 starts its tasks with the `airflow` that it finds there.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {
            # What the shell or a test suite says about another Airflow is not meant for this one.
            **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
            **{"NO_PROXY": no_proxy, "no_proxy": no_proxy, "AIRFLOW_HOME": str(self.home), "PATH": path},
            **{f"AIRFLOW__{name.upper().replace('.', '__')}": value for name, value in options.items()},
            **{f"AIRFLOW_CONN_{name.upper()}": json.dumps(value) for name, value in (connections or {}).items()},
            **{f"AIRFLOW_VAR_{name.upper()}": value for name, value in (variables or {}).items()},
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._http = requests.Session()
        self._http.trust_env = False  # no proxy on the way to loopback

    def __enter__(self) -> Self:
        self._handlers = {number: signal.signal(number, _exit) for number in (signal.SIGTERM, signal.SIGHUP)}
        try:
            (self.home / "config").mkdir(parents=True, exist_ok=True)
            (self.home / "config" / "airflow_local_settings.py").write_text(self.policy)
            (self.home / "webserver_config.py").write_text("AUTH_ROLE_PUBLIC = 'Admin'\n")  # Airflow 2
            self.cli("db", "migrate")
            for name in self.components:
                self.start(name)
            self.wait_for(self.is_healthy, "healthy Airflow", timeout=120)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in self._processes:
            self.kill(name)
        self._http.close()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def start(self, name: str) -> None:
        """Start a component."""
        with self.log_file(name).open("ab") as output:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "airflow", *COMMANDS.get(name, (name,))],
                cwd=self.home,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )

    def kill(self, name: str) -> None:
        """Kill a component and its tasks with SIGKILL, as a crash does; `start` starts it again."""
        process = self._processes[name]
        # By session: Airflow's task processes leave their parent's process group, but not its session.
        while members := [member for member in psutil.process_iter() if _is_alive_in(member, process.pid)]:
            for member in members:
                with suppress(psutil.NoSuchProcess):
                    member.kill()
        process.wait()

    def is_healthy(self) -> bool:
        """Whether each component reports to be well."""
        try:
            health = self.api("GET", "health" if AIRFLOW_2 else "monitor/health")
        except requests.ConnectionError:
            return False
        names = [name.replace("-", "_") for name in self.components if name != "api-server"]
        return all(health[name]["status"] == "healthy" for name in names)

    def wait_for(self, predicate: Callable[[], Any], what: str, *, timeout: float = 60) -> Any:
        """Ask until the answer is true, and return it; fail where a component has ended or time is up."""
        deadline = time.monotonic() + timeout
        while not (answer := predicate()):
            for name, process in self._processes.items():
                if process.poll() is not None:
                    self.fail(f"The {name} ended with status {process.returncode}; waited for: {what}.")
            if time.monotonic() > deadline:
                self.fail(f"Waited {timeout} seconds in vain for: {what}.")
            time.sleep(0.2)
        return answer

    def fail(self, message: str) -> NoReturn:
        """Raise an error that ends with the last lines of every component."""
        logs = [f"--- the end of {path}\n{_tail(path)}" for path in sorted(self.home.glob("*.log"))]
        raise AirflowProblem("\n".join([message, *logs]))

    def log_file(self, name: str) -> Path:
        """Return the file with all output of a component."""
        return self.home / f"{name}.log"

    def cli(self, *arguments: str) -> str:
        """Run an `airflow` command and return what it printed."""
        command = [sys.executable, "-m", "airflow", *arguments]
        done = subprocess.run(command, cwd=self.home, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            self.fail(f"`airflow {' '.join(arguments)}`: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def api(self, method: str, path: str, body: Any = None, **parameters: Any) -> Any:
        """Send a request to Airflow's public API and return the answer's JSON; `path` is what follows /api/v2/."""
        url = f"{self.url}/api/{'v1' if AIRFLOW_2 else 'v2'}/{path}"
        headers = {"Accept": "application/json"}
        response = self._http.request(method, url, json=body, params=parameters, headers=headers, timeout=30)
        if not response.ok:
            raise AirflowProblem(f"{method} {url}: {response.status_code} {response.text}")
        return response.json() if response.content else None

    def unpause(self, dag_id: str) -> None:
        """Wait until the DAG is there, and hand it to the scheduler."""
        self.wait_for(lambda: dag_id in [dag["dag_id"] for dag in self.api("GET", "dags")["dags"]], f"DAG {dag_id}")
        self.api("PATCH", f"dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str, **body: Any) -> str:
        """Start a run, such as with logical_date="2026-11-20T00:00:00Z" or conf={...}, and return its id."""
        body = body if AIRFLOW_2 else {"logical_date": None, **body}
        return self.api("POST", f"dags/{dag_id}/dagRuns", body)["dag_run_id"]

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """Return the runs of a DAG, the first first; each as Airflow's API describes it."""
        return self.api("GET", f"dags/{dag_id}/dagRuns", order_by="id")["dag_runs"]

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return the task instances of a run, each as Airflow's API describes it."""
        return self.api("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        """Return what a task pushed."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        return self.api("GET", path, stringify="false")["value"]

    def log(self, dag_id: str, run_id: str, task_id: str, try_number: int = 1) -> list[str]:
        """Return the lines that a try of a task logged."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try_number}"
        content = self.api("GET", path, full_content="true")["content"]
        return content.splitlines() if AIRFLOW_2 else [_line(entry) for entry in content]


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def _exit(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)


def _end_with_parent() -> None:
    # Not even a SIGKILL of this program leaves an Airflow behind; on Linux only.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _is_alive_in(process: psutil.Process, session: int) -> bool:
    with suppress(OSError, psutil.Error):
        return os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE
    return False


def _tail(path: Path, lines: int = 15) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def _line(entry: dict[str, Any]) -> str:
    known = (entry.get("timestamp"), entry.get("level", "").upper(), entry.get("logger"), entry["event"])
    details = [json.dumps(detail) for detail in entry.get("error_detail") or []]
    return " ".join(part for part in (*known, *details) if part)
