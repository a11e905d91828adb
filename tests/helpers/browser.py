"""A real browser, without a window, at Airflow's pages for connections."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--lang=en-US",
    "--window-size=1300,1900",
)
SECONDS = 60


@contextmanager
def open_connections(airflow_url: str, folder: Path) -> Iterator[ConnectionPages]:
    """Open Airflow's list of connections; what is seen of it is kept in a folder, as pictures."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="the form needs selenium")
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("the form needs chromium and chromedriver (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for option in (*OPTIONS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(option)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        driver.get(f"{airflow_url}/connections")
        yield ConnectionPages(driver, folder)
    finally:
        driver.quit()


class ConnectionPages:
    """What a person does there: fills in the form, saves, presses Test, reads the answer."""

    def __init__(self, driver: Any, folder: Path) -> None:
        self._driver, self._folder = driver, folder

    def add(self, connection_id: str, connection_type: str) -> None:
        """Open the form of a new connection."""
        self._click("//button[normalize-space()='Add Connection']")
        self.fill_in("connection_id", connection_id)
        self._choose(self._one("//*[@role='dialog']//input[@role='combobox']"), connection_type)

    def edit(self, connection_id: str) -> None:
        """Open the form of a connection that is there."""
        self._click(f"{_row(connection_id)}//button[@aria-label='Edit Connection']")

    def open_extra_fields(self) -> None:
        self._click("//*[@role='dialog']//button[normalize-space()='Extra Fields']")

    def fill_in(self, name: str, value: str) -> None:
        self.field(name).send_keys(value)

    def choose(self, label: str, value: str) -> None:
        """Choose a value of a dropdown by its label."""
        self._choose(self._one(f"//*[@role='dialog']//*[@id='element_{label}']//input[@role='combobox']"), value)

    def field(self, name: str) -> Any:
        return self._one(f"//*[@role='dialog']//*[@name='{name}']")

    def text(self) -> str:
        """What can be read in the form."""
        return self._one("//*[@role='dialog']").text

    def save(self) -> None:
        """Save, and wait until the form is closed."""
        self._click("//*[@role='dialog']//button[normalize-space()='Save']")
        self._until(lambda: not self._driver.find_elements("css selector", "[role='dialog'] [name='connection_id']"))

    def test(self, connection_id: str) -> str:
        """Press Test, and return what Airflow answers."""
        self._click(f"{_row(connection_id)}//button[@aria-label='Test Connection']")
        answer = "//*[@data-scope='toast'][@data-part='root'][contains(., 'Test Connection')]"
        return self._until(lambda: self._one(answer).text)

    def picture(self, name: str) -> None:
        """Keep what is seen now."""
        self._driver.save_screenshot(str(self._folder / f"{name}.png"))

    def _choose(self, box: Any, value: str) -> None:
        box.send_keys(value)
        self._click(f"//*[@role='option'][starts-with(normalize-space(), '{value}')]")

    def _click(self, path: str) -> None:
        self._until(lambda: self._one(path).is_enabled())
        self._one(path).click()

    def _one(self, path: str) -> Any:
        return self._until(lambda: next(iter(self._driver.find_elements("xpath", path)), None))

    def _until(self, condition: Any) -> Any:
        from selenium.common.exceptions import WebDriverException
        from selenium.webdriver.support.wait import WebDriverWait

        wait = WebDriverWait(self._driver, SECONDS, 0.1, ignored_exceptions=[WebDriverException])
        return wait.until(lambda _: condition())


def _row(connection_id: str) -> str:
    return f"//tr[.//*[normalize-space()='{connection_id}']]"
