"""The dashboard in a real browser, as a person uses it. Skipped where no Chromium is installed."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Route, expect, sync_playwright

from e2e.caller import Caller, Shelf
from e2e.dashboard import CHROMIUM, FLAGS, PATIENCE, Dashboard
from e2e.installation import EXAMPLES, Installation

pytestmark = pytest.mark.skipif(
    not CHROMIUM, reason="no Chromium is installed: apt-get install chromium"
)

_ODD_NAME = "<img src=x onerror=alert(1)> :material_home: $x$.txt"
_ODD_TEXT = """A note on glimmerwort.

<script>alert('owned')</script> <img src=x onerror="alert(2)"> <b>bold?</b> &amp;
:material/home: :red[not red] $\\frac{1}{2}$ **not bold** [click](javascript:alert(3))

The glimmerwort grows on northern cliffs."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def dashboard(browser: Browser, installation: Installation) -> Iterator[Dashboard]:
    """Signed out. Whatever a test does, nothing may run that is not ours, nor load from afar."""
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    context.route(re.compile(r"/static/js/"), _hand_over)
    made = Dashboard(context.new_page(), installation.web_url, installation.key)
    yield made
    # a script that is still on its way would fail in whatever is asked of the browser next
    context.unroute_all(behavior="wait")
    context.close()
    assert (made.dialogs, made.foreign, made.refused) == ([], [], [])


def _hand_over(route: Route) -> None:
    """Fetch a script for the browser.

    Whenever the machine gets or loses a network, as it does with every container, Chromium breaks
    off what it is loading, and a page of which a script is missing stays without it.
    """
    route.fulfill(response=route.fetch())


@pytest.fixture
def collection(caller: Caller) -> tuple[str, str]:
    """The id and the name of a new, empty collection."""
    name = f"Browser {uuid4()}"
    return caller.make_shelf(name).id, name


def _upload(dashboard: Dashboard, collection_id: str, *paths: Path) -> None:
    dashboard.open(f"/upload?collection={collection_id}")
    dashboard.page.locator("input[type=file]").set_input_files(paths)
    ended = re.compile(rf"{len(paths)} of {len(paths)} documents? done")
    expect(dashboard.page.get_by_text(ended)).to_be_visible()


def test_a_document_is_uploaded_found_and_opened_at_its_place(
    dashboard: Dashboard, collection: tuple[str, str], tmp_path: Path
) -> None:
    paragraphs = [f"Paragraph {number} is about nothing in particular." for number in range(400)]
    paragraphs[300] = "The tidewrack of Vinterklippan is gathered by hand in October."
    (tmp_path / "tidewrack.txt").write_text("\n\n".join(paragraphs))
    collection_id, _ = collection
    dashboard.sign_in()
    _upload(dashboard, collection_id, tmp_path / "tidewrack.txt")

    dashboard.open(f"/?collection={collection_id}")
    dashboard.search("who gathers tidewrack")
    expect(dashboard.page.locator(".ibid-hit mark").first).to_be_visible()
    dashboard.hit("tidewrack.txt")
    assert "The tidewrack of Vinterklippan is gathered by hand" in dashboard.marked()
    assert dashboard.key not in dashboard.page.url + dashboard.page.content()


def test_a_refresh_keeps_one_signed_in_at_the_same_place(dashboard: Dashboard) -> None:
    dashboard.sign_in("/?q=late+payment")
    dashboard.hit("boat-charter-agreement")
    marked = dashboard.marked()
    address = dashboard.page.url
    dashboard.page.reload()
    assert dashboard.marked() == marked
    assert dashboard.page.url == address
    assert dashboard.page.evaluate("document.cookie").count(dashboard.key) == 0


def test_the_way_back_leads_through_the_searches(dashboard: Dashboard) -> None:
    dashboard.sign_in("/?q=late+payment")
    expect(dashboard.page.locator(".ibid-hit").first).to_be_visible()
    dashboard.search("lamp oil")
    expect(dashboard.page).to_have_url(re.compile(r"q=lamp\+oil"))
    dashboard.page.go_back()
    expect(dashboard.box).to_have_value("late payment")
    expect(dashboard.page.locator(".ibid-hit").first).to_be_visible()


def test_odd_documents_are_shown_literally(
    dashboard: Dashboard, collection: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / _ODD_NAME).write_text(_ODD_TEXT)
    collection_id, _ = collection
    dashboard.sign_in()
    _upload(dashboard, collection_id, tmp_path / _ODD_NAME)
    expect(dashboard.page.get_by_role("link", name=_ODD_NAME)).to_be_visible()

    dashboard.open(f"/?q=glimmerwort&collection={collection_id}")
    expect(dashboard.page.locator(".ibid-hit").first).to_contain_text(_ODD_NAME)
    dashboard.hit(_ODD_NAME)
    expect(dashboard.page.get_by_role("heading", level=1)).to_have_text(_ODD_NAME)
    expect(dashboard.page.locator(".ibid-body").first).to_have_text(_ODD_TEXT)
    assert dashboard.page.locator(".ibid-body b, .ibid-body img, .ibid-body script").count() == 0
    dashboard.page.get_by_role("button", name="Delete").click()
    expect(dashboard.page.get_by_role("dialog")).to_contain_text(_ODD_NAME)


def test_what_cannot_be_read_is_told_and_can_be_deleted(
    dashboard: Dashboard, collection: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nnot really")
    (tmp_path / "empty.txt").write_bytes(b"")
    collection_id, _ = collection
    dashboard.sign_in(f"/upload?collection={collection_id}")
    dashboard.page.locator("input[type=file]").set_input_files(
        [tmp_path / "broken.pdf", tmp_path / "empty.txt"]
    )
    expect(dashboard.page.get_by_text("The document is empty")).to_be_visible()
    expect(dashboard.page.get_by_text("1 of 1 document done")).to_be_visible()
    dashboard.open(f"/documents?collection={collection_id}&status=failed")
    expect(dashboard.page.locator(".ibid-reason")).to_contain_text("cannot be read")
    dashboard.page.get_by_test_id("stMain").get_by_role("button", name="delete").click()
    dashboard.page.get_by_role("button", name="Delete the document").click()
    expect(dashboard.page.get_by_text("No documents yet")).to_be_visible()


def test_collections_are_made_renamed_and_deleted(
    dashboard: Dashboard, collection: tuple[str, str]
) -> None:
    page = dashboard.page
    _, taken = collection
    name = f"Odd :material_home: <b>{uuid4()}</b>"
    dashboard.sign_in("/collections")
    page.get_by_role("button", name="New collection").click()
    page.get_by_role("textbox", name="Name").fill(taken)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("alert")).to_contain_text("already a collection")
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    card = page.locator('[class*="st-key-ibid_collection_"]', has_text=name)
    card.get_by_role("button", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill(f"{name} 2")
    page.get_by_role("button", name="Save").click()
    card = page.locator('[class*="st-key-ibid_collection_"]', has_text=f"{name} 2")
    card.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete the collection and 0 documents").click()
    expect(card).to_have_count(0)


def test_a_revoked_key_leads_to_the_sign_in_page_and_back(dashboard: Dashboard) -> None:
    dashboard.page.context.add_cookies(
        [{"name": "ibid-key", "value": "ibid_gone_gone", "url": dashboard.url, "httpOnly": True}]
    )
    dashboard.open("/?q=late+payment")
    expect(dashboard.page.get_by_text("no longer valid")).to_be_visible()
    dashboard.page.get_by_label("API key").fill(dashboard.key)
    dashboard.page.get_by_role("button", name="Sign in").click()
    expect(dashboard.page.locator(".ibid-hit").first).to_be_visible()
    assert dashboard.page.url == f"{dashboard.url}/?q=late+payment"


def test_signing_out_closes_the_door(dashboard: Dashboard) -> None:
    dashboard.sign_in()
    dashboard.page.get_by_role("button", name="Sign out").click()
    expect(dashboard.page.get_by_text("You are signed out.")).to_be_visible()
    dashboard.open("/documents")
    expect(dashboard.page.get_by_label("API key")).to_be_visible()


def test_a_document_leaves_as_it_came(
    dashboard: Dashboard, collection: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "résumé.txt").write_bytes("déjà vu".encode())
    collection_id, _ = collection
    dashboard.sign_in()
    _upload(dashboard, collection_id, tmp_path / "résumé.txt")
    dashboard.page.get_by_role("link", name="résumé.txt").click()
    with dashboard.page.expect_download() as waiting:
        dashboard.page.get_by_role("link", name="Download original").click()
    assert waiting.value.suggested_filename == "résumé.txt"
    assert Path(waiting.value.path()).read_bytes() == "déjà vu".encode()


def test_a_pdf_shows_its_page_with_the_span_marked(dashboard: Dashboard) -> None:
    dashboard.sign_in("/?q=wages+are+paid&type=application%2Fpdf")
    dashboard.hit("PDF")
    assert dashboard.marked()
    picture = dashboard.page.locator(".ibid-picture img")
    expect(picture).to_be_visible()
    width = picture.evaluate("image => image.decode().then(() => image.naturalWidth)")
    assert width > 300


def test_a_facet_narrows_and_the_way_back_widens(dashboard: Dashboard, shelf: Shelf) -> None:
    shelf.add(b"The quernstone of Vinterklippan was cut by hand.", "stone.txt")
    shelf.add(b"# Quernstones\n\nThe quernstone turns every autumn.", "mill.md")
    dashboard.sign_in(f"/?q=quernstone&collection={shelf.id}")
    expect(dashboard.page.locator(".ibid-hit")).to_have_count(2)
    facets = dashboard.page.get_by_role("navigation", name="Narrow the search")
    facets.get_by_role("link", name="Markdown").click()
    expect(dashboard.page.locator(".ibid-hit")).to_have_count(1)
    expect(dashboard.page).to_have_url(re.compile("type=text%2Fmarkdown"))
    dashboard.page.go_back()
    expect(dashboard.page.locator(".ibid-hit")).to_have_count(2)
    dashboard.page.go_forward()
    expect(dashboard.page.locator(".ibid-hit")).to_have_count(1)
    dashboard.page.locator(".ibid-chip").click()
    expect(dashboard.page.locator(".ibid-hit")).to_have_count(2)


def test_a_misspelt_word_is_corrected_and_told(dashboard: Dashboard, shelf: Shelf) -> None:
    shelf.add(b"The windlass hoists the boat out of the water.", "windlass.txt")
    dashboard.sign_in(f"/?collection={shelf.id}")
    dashboard.search("windlas <b>")
    told = "No document has “windlas”. Showing results for windlass <b>."
    expect(dashboard.page.locator(".ibid-note")).to_have_text(told)
    expect(dashboard.page.locator(".ibid-hit mark").first).to_have_text("windlass")


def test_a_word_is_completed_by_keyboard(dashboard: Dashboard, shelf: Shelf) -> None:
    shelf.add(b"The halyardlocker is behind the boathouse.", "locker.txt")
    dashboard.sign_in(f"/?collection={shelf.id}")
    dashboard.box.click()
    expect(dashboard.box).to_have_attribute("role", "combobox")
    dashboard.box.press_sequentially("where is the halyardl")
    options = dashboard.page.get_by_role("listbox", name="Completions").get_by_role("option")
    expect(options).to_have_text(["where is the halyardlocker1 document"])
    dashboard.page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    dashboard.page.keyboard.type("o")
    expect(options).to_have_count(1)
    dashboard.page.keyboard.press("ArrowDown")
    expect(options).to_have_attribute("aria-selected", "true")
    dashboard.page.keyboard.press("Enter")
    expect(dashboard.page.locator(".ibid-hit mark").first).to_have_text("halyardlocker")
    expect(dashboard.box).to_have_value("where is the halyardlocker")
    expect(dashboard.page).to_have_url(re.compile(r"q=where\+is\+the\+halyardlocker"))


def test_further_passages_lead_to_their_place(dashboard: Dashboard, shelf: Shelf) -> None:
    filler = "Nothing else is said about it, though a lot more could be. " * 20
    parts = [f"The capstan of tower {n} is greased in May.\n\n{filler}" for n in range(4)]
    shelf.add("\n\n".join(parts).encode(), "capstans.txt")
    shelf.add(b"A capstan is no windlass.", "note.txt")
    dashboard.sign_in(f"/?q=capstan+of+a+tower&collection={shelf.id}")
    hit = dashboard.page.locator(".ibid-hit", has_text="capstans.txt")
    hit.locator(".ibid-more").get_by_role("link").first.click()
    assert dashboard.marked()
    expect(dashboard.page.get_by_role("heading", level=1)).to_have_text("capstans.txt")
    dashboard.page.get_by_role("link", name="More like this").click()
    expect(dashboard.page.locator(".ibid-note")).to_have_text("Documents like capstans.txt")


def test_an_evaluation_shows_the_queries_that_one_side_lost(
    dashboard: Dashboard, installation: Installation, caller: Caller, examples: Shelf
) -> None:
    sides = ("--a", "lexical", "--b", "semantic")
    judged = ("eval", "run", str(EXAMPLES / "judged"), "--collection", "Examples")
    done = installation.ibid(*judged, *sides, "--save")
    assert done.returncode == 0, done.stderr
    [kept, *_] = caller.get("/v1/evaluations")["items"]
    assert [one["collection_id"] for one in kept["collections"]] == [examples.id]
    [worst, *_] = caller.get(f"/v1/evaluations/{kept['id']}/queries")["items"]
    assert worst["margin"] < 0

    page = dashboard.page
    dashboard.sign_in("/")
    page.get_by_role("link", name="Evaluation").click()
    page.locator(".ibid-row", has_text="B: semantic").first.get_by_role("link").click()
    expect(page).to_have_url(re.compile(kept["id"]))
    expect(page.locator("summary", has_text="Examples")).to_be_visible()
    lost = page.locator("details", has=page.get_by_text(worst["text"], exact=True))
    lost.locator("summary").click()
    returned = next(one for one in worst["documents"] if one["relevance"])
    row = lost.get_by_role("row", name=returned["title"])
    ranks = [returned["relevance"], returned["rank_a"] or "–", returned["rank_b"] or "–"]
    expect(row.get_by_role("cell")).to_have_text([returned["title"], *map(str, ranks)])
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(returned["title"])


def test_a_thumb_under_a_hit_judges_it(dashboard: Dashboard, caller: Caller, shelf: Shelf) -> None:
    document = shelf.add(b"The mooring bollard is painted each spring.", "bollard.txt")
    dashboard.sign_in(f"/?q=bollard&collection={shelf.id}")
    # by their role, for Streamlit keeps a hidden twin of each button for small screens
    thumbs = dashboard.page.locator('[class*="st-key-ibid_thumbs_"]').get_by_role("button")
    expect(thumbs).to_have_count(2)
    thumbs.last.click()
    expect(dashboard.page.get_by_text("It counts when searches are measured")).to_be_visible()
    judged = [one for page in caller.pages("/v1/judgements") for one in page]
    assert [
        (one["query"], one["relevance"], one["origin"])
        for one in judged
        if one["document_id"] == document["id"]
    ] == [("bollard", 0, "thumb")]
