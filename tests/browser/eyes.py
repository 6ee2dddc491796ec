"""Looking at a page as the rules ask: accessible, quiet, at home, and as wide as the screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page, Request, Response

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "build" / "screens"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1366, 390)
PHONE = 768
TAIL = 20_000
_RUN = """async (rules) => {
  const found = await axe.run(document, {runOnly: {type: "tag", values: rules}});
  const places = (each) => each.nodes.map((node) => node.target.join(" ")).join("; ");
  return found.violations.map((each) => `${each.id}: ${places(each)}`);
}"""
_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return "";
  const out = [...document.querySelectorAll("body *")].filter(
    (each) => each.getBoundingClientRect().right > room + 1 && !each.closest(".scroll-x"));
  return out.slice(0, 3).map((each) => each.outerHTML.slice(0, 90)).join(" | ") || "wider";
}"""


@dataclass
class Eyes:
    """Watches one page, and every page it goes to."""

    page: Page
    address: str
    titles: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    log: Path | None = None

    def __post_init__(self) -> None:
        """Begin to listen."""
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self._follow)
        self.page.on("response", self._answered)

    def _hear(self, message: ConsoleMessage) -> None:
        answered = "Failed to load resource" in message.text
        if message.type in {"error", "warning"} and not answered:
            self.faults.append(f"console: {message.text}")

    def _follow(self, request: Request) -> None:
        at_home = (self.address, "data:", "blob:")
        if not request.url.startswith(at_home):
            self.faults.append(f"foreign: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500 or (response.status == 404 and "/static/" in response.url):
            self.faults.append(f"{response.status}: {response.url}")

    def look(self, name: str, *widths: int, again: bool = False) -> None:
        """Check the page shown at each width, and keep a picture of each.

        Args:
            name: what the page is called among the pictures.
            *widths: of the screen; a desk's and a phone's if none is named.
            again: a page that was looked at under another name, in another state.
        """
        SCREENS.mkdir(parents=True, exist_ok=True)
        if not again:
            self._title(name)
        for width in widths or WIDTHS:
            self._resize(width)
            self.page.wait_for_load_state("networkidle")
            self.page.evaluate("document.fonts.ready")
            self.page.screenshot(path=SCREENS / f"{name}-{width}.png", animations="disabled")
            self.faults += [f"{name} {width}: {each}" for each in self._violations()]
            if wide := self.page.evaluate(_WIDE):
                self.faults.append(f"{name} {width}: sideways: {wide}")
        self._resize(WIDTHS[0])

    def _resize(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 844 if width < PHONE else 820})

    def _title(self, name: str) -> None:
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_function("() => document.title !== ''")
        title = self.page.title()
        if not title or self.titles.setdefault(title, name) != name:
            self.faults.append(f"{name}: title {title!r} is that of {self.titles.get(title)}")

    def _violations(self) -> list[str]:
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[Any] = self.page.evaluate(_RUN, RULES)
        return found

    def rest(self) -> None:
        """Fail with everything that was wrong on the way, and what the server said of it."""
        said = self.log.read_text(encoding="utf-8")[-TAIL:] if self.log and self.faults else ""
        assert not self.faults, "\n".join([*self.faults, said])
