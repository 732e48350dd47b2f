"""What the hits of a search were counted by, as people read it."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.text import flat
from ibid_client import Client
from ibid_contract import SearchResponse

_MOST_VALUES = 20
_COLLECTION = "collection"


def collection_names(client: Client, response: SearchResponse) -> dict[str, str]:
    """Return the names of the collections by their ids, where hits were counted by them."""
    if not response.facets.get(_COLLECTION):
        return {}
    return {str(one.id): one.name for one in client.collections(limit=200)}


def show(response: SearchResponse, collections: Mapping[str, str], console: Console) -> None:
    """Print a table of the values, the most frequent of each facet first."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for _ in ("facet", "value"):
        table.add_column()
    table.add_column(justify="right")
    for facet, counts in response.facets.items():
        name = flat(facet)
        for value, hits in list(counts.items())[:_MOST_VALUES]:
            told = collections.get(value, value) if facet == _COLLECTION else value
            table.add_row(name, Text(flat(told) or "none given"), str(hits))
            name = ""
        if len(counts) > _MOST_VALUES:
            table.add_row("", f"and {len(counts) - _MOST_VALUES} more", "")
    if table.row_count:
        console.print()
        console.print(table)
