from pathlib import Path

import msgspec
import pytest

from libs.settings.reference import BEGIN, END, READERS, table, update


@pytest.mark.parametrize("cls", READERS.values())
def test_every_field_is_described_in_a_sentence(cls: type[msgspec.Struct]) -> None:
    for field in msgspec.structs.fields(cls):
        row = next(row for row in table().splitlines() if f"`IBID_{field.name.upper()}`" in row)
        assert row.endswith(". |")


def test_only_what_stands_between_the_marks_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    update(page)
    assert page.read_text("utf-8") == f"before\n{BEGIN}\n{table()}{END}\nafter\n"
