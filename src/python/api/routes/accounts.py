"""Who is asking."""

from litestar import Controller, get
from litestar.di import NamedDependency

from api.documentation import problems
from api.tenancy import Tenant
from ibid_contract import Identity


class AuthRoutes(Controller):
    path = "/auth"
    tags = ("auth",)

    @get("/whoami", responses=problems())
    async def whoami(self, tenant: NamedDependency[Tenant]) -> Identity:
        """Return the caller's workspace and key."""
        async with tenant.reading():
            principal = tenant.principal
        return Identity(
            workspace_id=principal.workspace_id,
            workspace_name=principal.workspace_name,
            api_key_id=principal.key_id,
            api_key_name=principal.key_name,
        )
