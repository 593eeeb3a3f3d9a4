"""A headless Chromium, where there is one, that opens a page, presses its controls and says what happened."""

import io
import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

_WATCH = """
window.problems = [];
addEventListener("error", (event) => problems.push(event.message));
addEventListener("unhandledrejection", (event) => problems.push(String(event.reason)));
addEventListener("securitypolicyviolation", (event) => problems.push(event.violatedDirective + " " + event.blockedURI));
for (const name of ["error", "warn"]) {
  const before = console[name];
  console[name] = (...words) => { problems.push(words.join(" ")); before(...words); };
}
"""

_DRIVE = """
(async () => {
  const wait = async (found) => {
    for (let i = 0; i < 600 && !found(); i += 1) await new Promise((done) => setTimeout(done, 20));
    return found();
  };
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = () => all(".panel:not([hidden])");
  const curves = () => all(".panel:not([hidden]) .scatterlayer .trace").length;
  const said = {};
  try {
    said.ready = await wait(() => document.documentElement?.classList.contains("ready"));
    for (const panel of all(".panel")) {
      panel.scrollIntoView({ behavior: "instant" });
      await wait(() => "drawn" in panel.dataset);
    }
    said.charts = all("figure.chart").map((figure) => figure.dataset.chart);
    said.panels = all(".panel").length;
    said.drawn = all(".panel[data-drawn] svg.main-svg").length > 0 ? all(".panel[data-drawn]").length : 0;
    said.stills = all(".still img").filter((image) => image.offsetParent !== null).length;
    said.rows = all("tr[data-problem]:not([hidden])").length;
    said.curves = curves();
    const solver = all("button.solver")[0];
    solver.click();
    await wait(() => curves() < said.curves);
    said.curvesWithoutOne = curves();
    said.rowsWithoutOne = all("tr[data-problem]:not([hidden])").length;
    solver.click();
    await wait(() => curves() === said.curves);
    said.curvesAgain = curves();
    document.getElementById("none").click();
    await wait(() => curves() === 0);
    said.curvesWithNone = curves();
    document.getElementById("all").click();
    const select = document.getElementById("problem");
    said.problems = [...select.options].map((option) => option.value);
    if (said.problems.length > 2) {
      select.value = said.problems[1];
      select.dispatchEvent(new Event("change"));
      await wait(() => shown().length < said.panels);
      said.panelsOfOne = shown().map((panel) => panel.querySelector("h3")?.textContent ?? "");
      select.value = "";
      select.dispatchEvent(new Event("change"));
    }
    const axes = () => document.querySelector('[data-chart="convergence"] .plot').layout;
    said.xBefore = axes().xaxis.type;
    document.querySelector('[data-chart="convergence"] [data-option="x"]').click();
    await wait(() => axes().xaxis.type !== said.xBefore);
    said.xAfter = axes().xaxis.type;
    const ink = () => getComputedStyle(document.body).color;
    said.inkBefore = ink();
    document.getElementById("theme").click();
    said.inkAfter = ink();
    const head = document.querySelector("table thead th:nth-child(2)");
    head.click();
    said.sorted = head.getAttribute("aria-sort");
    said.width = [document.documentElement.scrollWidth, innerWidth];
  } catch (error) {
    problems.push(String(error.stack));
  }
  said.problemsSeen = problems;
  return said;
})()
"""

_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]


def printed(page: Path, scratch: Path, *, name: str = "printed") -> Path:
    """A page as PDF, as a reader prints it who has not scrolled."""
    target = scratch / f"{name}.pdf"
    flags = [f"--user-data-dir={scratch / 'profile'}", "--virtual-time-budget=20000", f"--print-to-pdf={target}"]
    subprocess.run([str(CHROMIUM), *_FLAGS, *flags, page.as_uri()], capture_output=True, timeout=240, check=True)
    return target


class _DevTools:
    """The protocol a browser is told by: JSON with a zero byte behind it, through two pipes."""

    def __init__(self, to: io.BufferedWriter, back: io.BufferedReader) -> None:
        self._to, self._back, self._n, self._heard = to, back, 0, b""

    def __call__(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """What the browser answers to one command."""
        self._n += 1
        said = {"id": self._n, "method": method, "params": params} | ({"sessionId": session} if session else {})
        self._to.write(json.dumps(said).encode() + b"\0")
        self._to.flush()
        while (answer := self._next()).get("id") != self._n:
            pass  # an event
        assert "error" not in answer, (method, answer["error"])
        result: dict[str, Any] = answer["result"]
        return result

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._heard:
            more = self._back.read1()
            assert more, "the browser has ended, or took longer than it may"
            self._heard += more
        message, _, self._heard = self._heard.partition(b"\0")
        said: dict[str, Any] = json.loads(message)
        return said


@contextmanager
def _browser(scratch: Path, *, width: int, seconds: float = 240) -> Iterator[_DevTools]:
    """A browser in real time: in virtual time, a busy machine draws no frame while minutes of it pass."""
    commands, to = os.pipe()
    back, answers = os.pipe()
    flags = [f"--user-data-dir={scratch / 'profile'}", f"--window-size={width},900", "--remote-debugging-pipe"]
    process = subprocess.Popen(  # the protocol's pipes are the descriptors 3 and 4
        ["bash", "-c", f'exec "$@" 3<&{commands} 4>&{answers}', "-", str(CHROMIUM), *_FLAGS, *flags],
        pass_fds=(commands, answers),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(commands)
    os.close(answers)
    watchdog = threading.Timer(seconds, os.killpg, (process.pid, signal.SIGKILL))
    watchdog.start()
    try:
        with os.fdopen(to, "wb") as writing, os.fdopen(back, "rb") as reading:
            yield _DevTools(writing, reading)
    finally:
        watchdog.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def drive(page: Path, scratch: Path, *, width: int = 1300) -> dict[str, Any]:
    """Open a page, press every control, and return what was seen.

    Args:
        page: The page.
        scratch: An empty folder for the browser's profile.
        width: Of the window, in pixels.
    """
    with _browser(scratch, width=width) as browser:
        target = browser("Target.createTarget", url="about:blank")["targetId"]
        session = browser("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser("Page.enable", session)
        browser("Page.addScriptToEvaluateOnNewDocument", session, source=_WATCH)
        browser("Page.navigate", session, url=page.as_uri())
        answer = browser("Runtime.evaluate", session, expression=_DRIVE, awaitPromise=True, returnByValue=True)
    assert "exceptionDetails" not in answer, answer
    said: dict[str, Any] = answer["result"]["value"]
    return said
