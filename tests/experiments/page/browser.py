"""A headless Chromium, where there is one, that opens a page, presses its controls and says what happened."""

import base64
import hashlib
import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

_WATCH = """<script>
window.problems = [];
addEventListener("error", (event) => problems.push(event.message));
addEventListener("unhandledrejection", (event) => problems.push(String(event.reason)));
addEventListener("securitypolicyviolation", (event) => problems.push(event.violatedDirective + " " + event.blockedURI));
for (const name of ["error", "warn"]) {
  const before = console[name];
  console[name] = (...words) => { problems.push(words.join(" ")); before(...words); };
}
</script>"""

_DRIVE = """<script>
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
    said.ready = await wait(() => document.documentElement.classList.contains("ready"));
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
  document.body.append(Object.assign(document.createElement("pre"), { id: "said", textContent: JSON.stringify(said) }));
})();
</script>"""


def printed(page: Path, scratch: Path, *, name: str = "printed") -> Path:
    """A page as PDF, as a reader prints it who has not scrolled."""
    target = scratch / f"{name}.pdf"
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    flags += [f"--user-data-dir={scratch / 'profile'}", "--virtual-time-budget=20000", f"--print-to-pdf={target}"]
    subprocess.run([str(CHROMIUM), *flags, page.as_uri()], capture_output=True, timeout=240, check=True)
    return target


def drive(page: Path, scratch: Path, *, width: int = 1300) -> dict[str, Any]:
    """Open a copy of a page, press every control, and return what was seen.

    Args:
        page: The page.
        scratch: An empty folder for the copy and the browser's profile.
        width: Of the window, in pixels.
    """
    text = page.read_text(encoding="utf-8")
    assert text.count("<head>") == text.count("</body>") == 1
    copy = scratch / "driven.html"
    for script in (_WATCH, _DRIVE):  # the page's policy knows scripts by their hashes
        digest = hashlib.sha256(script.removeprefix("<script>").removesuffix("</script>").encode()).digest()
        text = text.replace("script-src ", f"script-src 'sha256-{base64.b64encode(digest).decode()}' ", 1)
    copy.write_text(text.replace("<head>", f"<head>{_WATCH}").replace("</body>", f"{_DRIVE}</body>"), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    flags += [f"--user-data-dir={scratch / 'profile'}", f"--window-size={width},900", "--virtual-time-budget=60000"]
    done = subprocess.run(  # the browser that was found, a file that was just written
        [str(CHROMIUM), *flags, "--dump-dom", copy.as_uri()], capture_output=True, text=True, timeout=240, check=True
    )
    found = re.search(r'<pre id="said">(.*?)</pre>', done.stdout, flags=re.DOTALL)
    assert found is not None, done.stderr[-2000:]
    said: dict[str, Any] = json.loads(html.unescape(found[1]))
    return said
