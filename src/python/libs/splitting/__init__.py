"""Texts become passages: spans along headings, paragraphs and sentences, within a token limit."""

from libs.splitting.limit import TokenLimit
from libs.splitting.split import Markup, PageSpan, PassageSpan, split

__all__ = ["Markup", "PageSpan", "PassageSpan", "TokenLimit", "split"]
