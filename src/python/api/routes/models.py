"""The models of the installation. They are changed by the command line, with the owner's login."""

from litestar import Controller, get
from litestar.di import NamedDependency

from api import presenters
from api.documentation import Cursor, Limit, problems
from api.tenancy import Tenant
from ibid_contract import Model, Page
from libs.models import Models


class ModelRoutes(Controller):
    path = "/models"
    tags = ("models",)

    @get(responses=problems())
    async def list_models(
        self, tenant: NamedDependency[Tenant], limit: Limit = 200, cursor: Cursor = None
    ) -> Page[Model]:
        """Return the models, the active one first, and how far those are that are being built.

        They are few: all are on one page.
        """
        async with tenant.reading() as connection:
            found = await Models(connection).list()
        return Page([presenters.model(one) for one in found])
