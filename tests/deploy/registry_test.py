"""Images and chart go where the repository says, else to GitHub's registry under its name."""

import pytest

from deploy.machine import Machine


@pytest.mark.parametrize(
    ("variables", "registry"),
    [
        pytest.param({"GITHUB_REPOSITORY": "Acme/Ibid"}, "ghcr.io/acme/ibid", id="by default"),
        pytest.param(
            {"GITHUB_REPOSITORY": "Acme/Ibid", "IBID_REGISTRY": "ghcr.io/Team"},
            "ghcr.io/team",
            id="named",
        ),
        pytest.param(
            {"GITHUB_REPOSITORY": "acme/ibid", "IBID_REGISTRY": ""},
            "ghcr.io/acme/ibid",
            id="a variable that GitHub has not is empty",
        ),
        pytest.param({"IBID_REGISTRY": "127.0.0.1:5055"}, "127.0.0.1:5055", id="with a port"),
    ],
)
def test_a_registry_is_named_in_lower_case(
    machine: Machine, variables: dict[str, str], registry: str
) -> None:
    result = machine.run("registry.sh", **variables)
    assert result.stdout == f"IBID_REGISTRY={registry}\n", result.stderr


@pytest.mark.parametrize("registry", ["", "https://ghcr.io/acme\nIBID_DEPLOY=yes", "a b"])
def test_what_is_no_registry_is_refused(machine: Machine, registry: str) -> None:
    result = machine.run("registry.sh", IBID_REGISTRY=registry)
    assert (result.returncode, result.stdout) == (1, "")
