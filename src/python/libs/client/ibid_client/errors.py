"""What can go wrong with a call.

IbidError
├── ConnectionFailed        nobody answered, or the answer broke off
├── UnexpectedAnswer        somebody answered, but not Ibid's API
└── ProblemError            the API said no, and why
    ├── BadRequest          400  the request is malformed
    ├── Denied              401, 403  the key is missing, wrong or revoked
    ├── NotFound            404
    ├── Conflict            409  not in the state that the thing is in
    ├── TooLarge            413
    ├── Unsupported         415  no document of this type can be read
    ├── Rejected            422  a rule forbids it
    ├── TooManyRequests     429
    └── Unavailable         5xx  trying again later may help
"""

from ibid_contract import Problem


class IbidError(Exception):
    """A call did not give its result."""


class ConnectionFailed(IbidError):
    """Nobody answered, or the answer broke off."""


class UnexpectedAnswer(IbidError):
    """Somebody answered, but not Ibid's API."""


class ProblemError(IbidError):
    """The API said no; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class BadRequest(ProblemError):
    """The request is malformed."""


class Denied(ProblemError):
    """The key is missing, wrong or revoked."""


class NotFound(ProblemError):
    """There is no such thing in the caller's workspace."""


class Conflict(ProblemError):
    """The thing is not in a state that allows this."""


class TooLarge(ProblemError):
    """The document is over the limit."""


class Unsupported(ProblemError):
    """No document of this type can be read."""


class Rejected(ProblemError):
    """A rule forbids it."""


class TooManyRequests(ProblemError):
    """Wait, then try again."""


class Unavailable(ProblemError):
    """The API, or something that it needs, does not work; trying again later may help."""


_BY_STATUS: dict[int, type[ProblemError]] = {
    400: BadRequest,
    401: Denied,
    403: Denied,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    415: Unsupported,
    422: Rejected,
    429: TooManyRequests,
}


def problem_error(problem: Problem) -> ProblemError:
    """Return the problem as the class of its status."""
    default = Unavailable if problem.status >= 500 else ProblemError
    return _BY_STATUS.get(problem.status, default)(problem)
