"""The dashboard in a browser, for tests to use as a person does."""

import shutil

from playwright.sync_api import Dialog, Locator, Page, expect

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
]
PATIENCE = 60_000


class Dashboard:
    """A page of a browser, and what must not have happened in it."""

    def __init__(self, page: Page, url: str, key: str) -> None:
        self.page = page
        self.url = url
        self.key = key
        self.dialogs: list[str] = []
        self.foreign: list[str] = []
        self.refused: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("dialog", self._dismiss)
        page.on("request", lambda request: self._look(request.url))
        page.on("console", lambda message: self._listen(message.text))

    def open(self, path: str = "/") -> None:
        self.page.goto(self.url + path)

    def sign_in(self, path: str = "/") -> None:
        self.open(path)
        self.page.get_by_label("API key").fill(self.key)
        self.page.get_by_role("button", name="Sign in").click()

    def search(self, query: str) -> None:
        self.box.fill(query)
        self.page.keyboard.press("Enter")

    @property
    def box(self) -> Locator:
        return self.page.get_by_placeholder("Ask in your own words")

    def hit(self, title: str) -> None:
        """Open the first hit in the document of that title."""
        self.page.locator(".ibid-hit", has_text=title).first.get_by_role("link").first.click()

    def marked(self) -> str:
        """The text of the marks, which must be in view."""
        mark = self.page.locator("#ibid-place")
        expect(mark).to_be_in_viewport()
        return mark.inner_text()

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _look(self, url: str) -> None:
        own = (self.url, "ws" + self.url.removeprefix("http"), "blob:" + self.url, "data:")
        if not url.startswith(own):
            self.foreign.append(url)

    def _listen(self, message: str) -> None:
        if "Content Security Policy" in message:
            self.refused.append(message)
