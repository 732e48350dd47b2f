import io
from pathlib import Path

import pytest
from PIL import Image

from libs.extraction.errors import Broken
from libs.extraction.model import Highlight
from libs.extraction.picture import MAX_HEIGHT, MAX_WIDTH, draw_page
from libs.testing.documents import make_pdf

TEXT = "The first line of it\nand the second line"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.pdf"
    path.write_bytes(make_pdf([TEXT]))
    return path


def picture(path: Path, width: int = 800, highlight: Highlight | None = None) -> Image.Image:
    return Image.open(io.BytesIO(draw_page(path, 1, width, highlight)))


def marked(image: Image.Image) -> tuple[int, int, int, int] | None:
    """Return the box around what is yellow."""
    _, _, blue = image.split()
    red = image.getchannel("R").point(lambda value: 255 if value > 200 else 0)
    yellow = blue.point(lambda value: 255 if 60 < value < 140 else 0)
    return Image.composite(yellow, Image.new("L", image.size), red).getbbox()


def test_a_page_without_a_highlight_has_no_yellow(path: Path) -> None:
    image = picture(path)
    assert image.width == 800
    assert marked(image) is None


def test_the_highlight_is_where_its_words_are(path: Path) -> None:
    whole = marked(picture(path, highlight=Highlight(0, len(TEXT))))
    second_line = Highlight(TEXT.index("and"), len(TEXT))
    lower = marked(picture(path, highlight=second_line))
    word = marked(picture(path, highlight=Highlight(TEXT.index("second"), TEXT.index(" line", 30))))
    assert whole
    assert lower
    assert word
    assert lower[1] > (whole[1] + whole[3]) / 2 - 3
    assert lower[0] < word[0] < word[2] < lower[2]


@pytest.mark.parametrize("span", [(0, 0), (-5, 0), (10_000, 20_000), (9, 3)])
def test_a_highlight_that_is_not_on_the_page_marks_nothing(
    path: Path, span: tuple[int, int]
) -> None:
    assert marked(picture(path, highlight=Highlight(*span))) is None


@pytest.mark.parametrize(("width", "drawn"), [(10**9, MAX_WIDTH), (0, 1), (-3, 1)])
def test_the_width_is_kept_within_bounds(path: Path, width: int, drawn: int) -> None:
    image = picture(path, width)
    assert image.width == pytest.approx(drawn, abs=1)
    assert image.height <= MAX_HEIGHT


def test_an_absurdly_long_page_is_drawn_small(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(make_pdf([TEXT]).replace(b"595.28 841.89", b"10.0 14400.0"))
    assert picture(path, 2_000).height <= MAX_HEIGHT


@pytest.mark.parametrize("number", [0, -1, 2])
def test_a_page_that_is_not_there_is_refused(path: Path, number: int) -> None:
    with pytest.raises(Broken, match="no page"):
        draw_page(path, number, 800, None)
