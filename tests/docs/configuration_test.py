from pathlib import Path

from libs.settings.reference import BEGIN, END, table


def test_the_page_on_configuration_lists_what_the_services_read() -> None:
    page = Path("docs/configuration.md").read_text("utf-8")
    written = page.partition(BEGIN)[2].partition(END)[0].strip()
    assert written == table().strip(), "run: python -m libs.settings docs/configuration.md"
