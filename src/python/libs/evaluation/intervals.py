"""How sure a mean over queries is: percentile bootstrap (Efron & Tibshirani 1993).

Queries are drawn with replacement, ten thousand times. A difference is drawn in pairs: of each
query both sides (Sakai, SIGIR 2006).
"""

from collections.abc import Sequence

import msgspec
import numpy as np

_DRAWS = 10_000
_SEED = 20_261_124
_PERCENTILES = (2.5, 97.5)
_VALUES_AT_ONCE = 4_000_000


class Estimate(msgspec.Struct, frozen=True):
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether zero lies outside of the interval."""
        return self.low > 0 or self.high < 0


def estimate(values: Sequence[float]) -> Estimate:
    """Return the same for the same values, always. There is at least one value."""
    sample = np.asarray(values, dtype=np.float64)
    chance = np.random.default_rng(_SEED)
    means: list[np.ndarray] = []
    left = _DRAWS
    while left:
        draws = min(left, max(1, _VALUES_AT_ONCE // len(sample)))
        means.append(sample[chance.integers(len(sample), size=(draws, len(sample)))].mean(axis=1))
        left -= draws
    low, high = np.percentile(np.concatenate(means), _PERCENTILES)
    return Estimate(float(sample.mean()), float(low), float(high))


def estimate_difference(a: Sequence[float], b: Sequence[float]) -> Estimate:
    """Return how much more ``a`` is than ``b``; both have the same queries in the same order."""
    return estimate([one - other for one, other in zip(a, b, strict=True)])
