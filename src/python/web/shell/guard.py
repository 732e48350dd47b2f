"""What a reader sees when something goes wrong: a sentence and what to do, never a traceback."""

import functools
from collections.abc import Callable

import streamlit as st
import structlog

from ibid_client import Denied, IbidError, NotFound, ProblemError
from web import links, session
from web.components.empty import draw_empty
from web.components.notice import draw_problem
from web.components.script import draw_leave

log = structlog.get_logger(__name__)

_OURS = "Something went wrong here that should not have. It is in the log. Try again."
_AWAY = (
    "Ibid’s API does not answer. Nothing is lost: what you uploaded goes on being worked on. "
    "Try again in a moment."
)


def guarded[**P](draw: Callable[P, None]) -> Callable[P, None]:
    """Draw, and where that fails draw why. For pages, fragments and dialogs."""

    @functools.wraps(draw)
    def safely(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            draw(*args, **kwargs)
        except session.NotSignedIn:
            _leave("signed-out")
        except IbidError as error:
            draw_error(error)

    return safely


def draw_error(error: IbidError) -> None:
    """Say what the API said, or that it said nothing."""
    if isinstance(error, Denied) and error.problem.status == 401:
        _leave("denied")
    elif isinstance(error, NotFound):
        draw_empty("Not here", error.problem.detail, {"Search": links.SEARCH})
    elif isinstance(error, ProblemError):
        is_ours = error.problem.status >= 500
        trace = error.problem.trace_id
        draw_problem(error.problem.detail, f"Trace {trace}" if trace and is_ours else "")
        if is_ours:
            _offer_retry()
    else:
        draw_problem(_AWAY)
        _offer_retry()


def tell_failure(error: Exception) -> bool:
    """Log what nobody expected, and say so without details in place of Streamlit's traceback."""
    log.error("web.script_failed", exc_info=error)
    draw_problem(_OURS)
    return True


def _offer_retry() -> None:
    st.button("Try again", icon=":material/refresh:", key="ibid_retry")


def _leave(reason: str) -> None:
    draw_leave(links.sign_in(reason), comes_back=True)
    draw_empty(
        "Signed out", "You are on your way to the sign-in page.", {"Sign in": links.sign_in(reason)}
    )
