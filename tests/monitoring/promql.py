"""As much of PromQL as it takes to tell which metrics and labels a query names."""

import re

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_MATCHER = re.compile(r"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)\s*\"\"")
_BRACES = re.compile(r"\{[^{}]*\}")
_RANGE = re.compile(r"\[[^\]]*\]")
_GROUPING = re.compile(r"\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_NAME = re.compile(r"(?<![\w.:$])[a-zA-Z_:][\w:]*")
_PARTS = re.compile(r"_(?:bucket|count|sum)$")
_WORDS = frozenset(
    {
        *("and", "bool", "offset", "or", "unless", "count", "max", "min", "sum"),
        *("count_over_time", "last_over_time", "max_over_time", "min_over_time"),
        *("histogram_quantile", "increase", "rate", "time"),
    }
)


def metrics(query: str) -> set[str]:
    """Return the metrics by the names that the code gives them: a histogram has one."""
    bare = _GROUPING.sub("", _RANGE.sub("", _BRACES.sub("", _STRING.sub("", query))))
    return {series(name) for name in _NAME.findall(bare)} - _WORDS


def series(name: str) -> str:
    return _PARTS.sub("", name)


def labels(query: str) -> set[str]:
    """Return the labels that the query matches or groups by."""
    bare = _STRING.sub('""', query)
    grouped = {name.strip() for names in _GROUPING.findall(bare) for name in names.split(",")}
    return (grouped | set(_MATCHER.findall(bare))) - {""}


def executable(query: str) -> str:
    """Return the query of a panel as Prometheus gets it from Grafana."""
    for variable, value in (
        ("$__rate_interval", "1m"),
        ("$__range", "1h"),
        ("$__interval", "1m"),
        ("$namespace", ".*"),
    ):
        query = query.replace(variable, value)
    return query
