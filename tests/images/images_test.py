"""The images as they were built last: who they run as, what they hold, what they can do without.

They are those of the tag IBID_TEST_IMAGES, or ``dev``, which `./pants package ::` makes where a
Docker daemon answers.
"""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

_PORTS = {"api": 3001, "orchestrator": 3002, "web": 3000}
_TAG = os.environ.get("IBID_TEST_IMAGES", "dev")
# As the chart and Compose run them, and without a network.
_CONFINED = (
    *("--rm", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
    *("--network=none", "--entrypoint=/app/bin/python"),
)


def docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def find(name: str) -> dict[str, Any]:
    """What Docker knows of the image; the test is skipped where there is none."""
    try:
        done = docker("image", "inspect", name)
    except OSError:
        pytest.skip("there is no docker command")
    if done.returncode != 0:
        pytest.skip(f"there is no image {name}: {done.stderr.strip().splitlines()[-1]}")
    [image] = json.loads(done.stdout)
    found: dict[str, Any] = image
    return found


@pytest.fixture(params=sorted(_PORTS))
def service(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def image(service: str) -> dict[str, Any]:
    return find(f"ibid-{service}:{_TAG}")


def run(service: str, *arguments: str) -> str:
    """What a program says in the image of a service."""
    name = f"ibid-{service}:{_TAG}"
    find(name)
    done = docker("run", *_CONFINED, name, "-I", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_recipe_names_a_public_base() -> None:
    recipe = Path("images/Dockerfile").read_text("utf-8")
    assert re.search(r"^ARG BASE_IMAGE=python:3\.12-slim-bookworm$", recipe, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", recipe, re.MULTILINE)) == {
        *("${BASE_IMAGE}", "base", "packages", "service")
    }


def test_another_commit_in_the_labels_makes_no_layer_anew() -> None:
    recipe = Path("images/Dockerfile").read_text("utf-8")
    layers = [match.start() for match in re.finditer(r"^(?:COPY|RUN) ", recipe, re.MULTILINE)]
    for argument in ("REVISION", "SOURCE", "VERSION"):
        [declared] = re.finditer(rf"^ARG {argument}\b", recipe, re.MULTILINE)
        assert declared.start() > max(layers)


def test_an_image_runs_as_nobody_in_particular(image: dict[str, Any]) -> None:
    assert image["Config"]["User"] == "10001:10001"
    assert image["Config"]["Entrypoint"] == ["/app/pex"]


def test_an_image_says_what_it_is(service: str, image: dict[str, Any]) -> None:
    labels = image["Config"]["Labels"]
    prefix = "org.opencontainers.image."
    assert labels[prefix + "title"] == f"ibid-{service}"
    for name in ("description", "licenses", "revision", "source", "version"):
        assert labels[prefix + name]


def test_the_health_check_asks_the_port_without_a_shell(
    service: str, image: dict[str, Any]
) -> None:
    port = _PORTS[service]
    assert set(image["Config"]["ExposedPorts"]) == {f"{port}/tcp"}
    kind, *command = image["Config"]["Healthcheck"]["Test"]
    assert kind == "CMD"
    assert command[0] == "/app/bin/python"
    assert command[-1] == f"http://127.0.0.1:{port}/healthz"


def test_sources_are_a_small_layer_above_the_packages(image: dict[str, Any]) -> None:
    done = docker("history", "--human=false", "--format={{.Size}}", image["Id"])
    sizes = [size for size in map(int, done.stdout.split()) if size > 100_000]
    sources, packages = sizes[:2]
    assert sources < 4_000_000
    assert packages > 20 * sources


def test_every_program_starts_without_anything_to_write_to(service: str) -> None:
    program = {
        "api": "from api.app import create_app; create_app(lambda: None)",
        "orchestrator": "import orchestrator.service, orchestrator.tools",
        "web": "import web.app",
    }[service]
    run(service, "-c", program)


def test_nothing_is_compiled_at_a_start(service: str) -> None:
    module = {"api": "api.app", "orchestrator": "orchestrator.service", "web": "web.app"}[service]
    program = f"""
import pathlib, sys, {module}
files = [getattr(module, "__cached__", None) for module in list(sys.modules.values())]
print([file for file in files if file and not pathlib.Path(file).exists()])
"""
    assert run(service, "-c", program).strip() == "[]"


@pytest.mark.parametrize("owner", ["api", "orchestrator"])
def test_the_model_is_there_converted_and_its_weights_are_not(owner: str) -> None:
    program = """
import os
from pathlib import Path
from libs.embedding import DEFAULT_MODEL, Embedder
vector = Embedder.load(DEFAULT_MODEL, Path(os.environ["IBID_MODEL_CACHE"])).embed_query("a harbour")
weights = DEFAULT_MODEL.source.folder()
print(len(vector), round(float(vector @ vector), 3), weights.exists())
"""
    assert run(owner, "-c", program).split() == ["384", "1.0", "False"]


@pytest.mark.parametrize("command", ["bootstrap", "migrate", "schema"])
def test_the_image_of_api_holds_the_operators_commands(command: str) -> None:
    assert f"ibid {command}" in run("api", "-m", "cli", command, "--help")


def test_an_image_holds_what_containers_run_by_name(service: str) -> None:
    # no import leads to it, so that nothing else tells that it is missing
    helpers = ["drain", "healthcheck", *(["schema_wait"] if service == "api" else [])]
    run(service, "-c", "; ".join(f"import libs.{helper}.__main__" for helper in helpers))


def test_the_images_are_not_too_large() -> None:
    for service in _PORTS:
        find(f"ibid-{service}:{_TAG}")
    done = subprocess.run(
        ["scripts/image-sizes.sh", _TAG], capture_output=True, text=True, check=False
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
