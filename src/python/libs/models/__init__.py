"""The models of an installation: which are kept, which is active, and what is still to be embedded.

What a model is, and how it embeds, ``libs.embedding`` knows; here models are rows.
"""

from libs.models.backlog import Backlog, Claim
from libs.models.known import KnownModels
from libs.models.model import Described, ModelRow, ModelState
from libs.models.owner import build, list_models, remove, roll_back, switch
from libs.models.states import Models

__all__ = [
    "Backlog",
    "Claim",
    "Described",
    "KnownModels",
    "ModelRow",
    "ModelState",
    "Models",
    "build",
    "list_models",
    "remove",
    "roll_back",
    "switch",
]
