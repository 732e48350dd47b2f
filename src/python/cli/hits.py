"""A search's answer, as people read it."""

from urllib.parse import urlencode

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cli.text import count, flat
from ibid_contract import Explanation, Hit, SearchResponse

_INDENT = "    "


def show(response: SearchResponse, web_url: str, console: Console) -> None:
    """Print the hits in their order, each with its place and a link to it."""
    if response.did_you_mean:
        console.print(_meant(response.did_you_mean, "These are its hits."), soft_wrap=True)
        console.print()
    if response.suggestion:
        why = "Few passages have these words." if response.hits else "Nothing holds all of this."
        console.print(_meant(response.suggestion, why), soft_wrap=True)
        console.print()
    for note in response.notes:
        console.print(Text(flat(note)), soft_wrap=True)
        console.print()
    for number, hit in enumerate(response.hits, start=1):
        console.print(_head(number, hit), soft_wrap=True)
        if hit.heading:
            console.print(Text(_INDENT + flat(hit.heading), style="italic"), soft_wrap=True)
        if console.is_terminal:
            console.print(Padding(_passage(hit), (0, 0, 0, len(_INDENT))))
        else:
            console.print(Text(_INDENT) + _passage(hit), soft_wrap=True)
        for line in _further(hit):
            console.print(Text(_INDENT + line, style="dim"), soft_wrap=True)
        console.print(Text(_INDENT + place(hit, web_url), style="dim"), soft_wrap=True)
        console.print()
    if response.explanation is not None:
        console.print(_explanation(response.explanation), soft_wrap=True)
    if not response.hits:
        console.print("Nothing found.")
        return
    considered = count(response.total_estimate, _counted(response))
    console.print(f"{len(response.hits)} of {considered} in {response.took_ms:.0f} ms", style="dim")


def place(hit: Hit, web_url: str) -> str:
    """The address of the dashboard's viewer, open at the passage."""
    query = {"id": hit.document_id, "version": hit.version, "start": hit.start, "end": hit.end}
    return f"{web_url}/document?{urlencode(query)}"


def _meant(query: str, why: str) -> Text:
    told = Text("did you mean ")
    return told.append(flat(query), style="bold").append(f"? {why}")


def _further(hit: Hit) -> list[str]:
    """Why it is there, what else of the document was found, and where nearly the same stands."""
    lines = [flat(hit.why)] if hit.why else []
    if hit.others:
        lines.append(f"also {', '.join(_others(hit))}")
    if hit.duplicates:
        lines.append(f"nearly the same: {', '.join(flat(one.title) for one in hit.duplicates)}")
    return lines


def _others(hit: Hit) -> list[str]:
    """Pages, or characters where the passages are all on one page."""
    pages = list(dict.fromkeys(str(one.page) for one in hit.others))
    if pages != [str(hit.page)]:
        return [f"page {pages[0]}", *pages[1:]]
    first, *more = (str(one.start) for one in hit.others)
    return [f"character {first}", *more]


def _counted(response: SearchResponse) -> str:
    """Each document is one hit, unless all that is found is in one."""
    is_one = len({hit.document_id for hit in response.hits}) == 1
    return "passage" if is_one and len(response.hits) > 1 else "document"


def _head(number: int, hit: Hit) -> Text:
    head = Text(f"{number:>2}. ")
    head.append(flat(hit.title), style="bold cyan")
    head.append(f"  page {hit.page}, characters {hit.start} to {hit.end}", style="dim")
    head.append(f"  {hit.score:.3f}", style="green")
    if hit.scores is not None:
        lexical = _score("lexical", hit.scores.lexical)
        semantic = _score("semantic", hit.scores.semantic)
        head.append(f"  ({lexical}, {semantic})", style="dim")
    return head


def _passage(hit: Hit) -> Text:
    text = Text(flat(hit.text))
    for start, end in hit.highlights:
        text.stylize("bold yellow", start, end)
    return text


def _score(name: str, score: float | None) -> str:
    return f"{name} not asked" if score is None else f"{name} {score:.3f}"


def _explanation(explanation: Explanation) -> Text:
    told = {
        "words": explanation.words or ["none"],
        "required": explanation.required,
        "excluded": explanation.excluded,
        "fields": explanation.fields,
        "corrected": [f"{one} to {other}" for one, other in explanation.corrections.items()],
    }
    parts = "".join(
        f"{name}: {', '.join(map(flat, said))}; " for name, said in told.items() if said
    )
    return Text(
        f"{explanation.mode} search with {explanation.model}; {parts}"
        f"embedding {explanation.embed_ms:.1f} ms, database {explanation.database_ms:.1f} ms",
        style="dim",
    )
