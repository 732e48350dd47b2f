from libs.embedding.context import in_context
from libs.testing.embedding import HashingEmbedder

EMBEDDER = HashingEmbedder()


def _one(text: str, title: str | None, heading: str | None) -> str:
    [found] = in_context(EMBEDDER, [(text, title, heading)])
    return found


def test_a_passage_is_embedded_after_its_title_and_headings() -> None:
    assert _one("Turn it.", "Lamp manual", "Care › Wick") == "Lamp manual. Care › Wick. Turn it."


def test_what_the_passage_says_itself_is_not_repeated() -> None:
    assert _one("# Lamp Manual\nTurn it.", "Lamp manual", None) == "# Lamp Manual\nTurn it."


def test_a_title_that_says_nothing_is_left_out() -> None:
    assert _one("Turn it.", "en-001", "7.2") == "Turn it."


def test_what_the_model_has_no_room_for_is_left_out_headings_first() -> None:
    room = EMBEDDER.model.max_tokens
    nearly = " ".join(["word"] * (room - 4))
    assert _one(nearly, "Lamp manual", "Care and more") == f"Lamp manual. {nearly}"
    full = " ".join(["word"] * room)
    assert _one(full, "Lamp manual", "Care and more") == full
