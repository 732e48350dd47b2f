"""Every pod of every kind meets the restricted standard, and says what it needs."""

import pytest

from helm.rendering import FULL, MANAGED, Container, containers, objects, pods, text

_ALL = {
    "Deployment/ibid-api",
    "Deployment/ibid-web",
    "Deployment/ibid-orchestrator",
    "StatefulSet/ibid-postgres",
    "StatefulSet/ibid-redis",
    "CronJob/ibid-backup",
    "CronJob/ibid-restore",
    "CronJob/ibid-restore-test",
    "Pod/ibid-test",
}
_CONTAINERS = [
    ("ibid-api", "schema"),
    ("ibid-api", "api"),
    ("ibid-web", "web"),
    ("ibid-orchestrator", "schema"),
    ("ibid-orchestrator", "orchestrator"),
    ("ibid-postgres", "postgres"),
    ("ibid-redis", "redis"),
    ("ibid-migrate", "migrate"),
    ("ibid-migrate", "bootstrap"),
    ("ibid-backup", "backup"),
    ("ibid-backup-volume", "touch"),
    ("ibid-restore", "restore"),
    ("ibid-restore-test", "restore-test"),
    ("ibid-test", "test"),
    ("prometheus", "prometheus"),
    ("grafana", "grafana"),
]


@pytest.fixture(params=_CONTAINERS, ids="/".join)
def container(request: pytest.FixtureRequest) -> Container:
    owner, name = request.param
    [found] = [
        found
        for found in containers(*FULL)
        if owner in found.owner and found.container["name"] == name
    ]
    return found


def test_the_list_of_containers_here_is_whole() -> None:
    assert len(list(containers(*FULL))) == len(_CONTAINERS)
    assert set(pods(*FULL)) >= _ALL


def test_it_meets_the_restricted_standard(container: Container) -> None:
    context = container.container["securityContext"]
    assert context["allowPrivilegeEscalation"] is False
    assert context["runAsNonRoot"] is True
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not context.get("privileged")
    pod = container.pod["spec"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not any(pod.get(name) for name in ("hostNetwork", "hostPID", "hostIPC"))
    allowed = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret", "name"}
    assert all(set(volume) <= allowed for volume in pod.get("volumes", ()))
    assert not any("hostPort" in port for port in container.container.get("ports", ()))


def test_it_runs_as_nobody_of_the_node_on_a_root_that_nobody_writes(container: Container) -> None:
    context = container.container["securityContext"]
    assert context["readOnlyRootFilesystem"] is True
    assert context["runAsUser"] > 10_000
    assert context["runAsGroup"] > 10_000


def test_it_says_what_it_needs_and_what_it_may_have(container: Container) -> None:
    resources = container.container["resources"]
    assert set(resources["requests"]) == {"cpu", "memory", "ephemeral-storage"}
    assert set(resources["limits"]) >= {"memory", "ephemeral-storage"}


def test_its_memory_folders_have_a_size(container: Container) -> None:
    for volume in container.pod["spec"].get("volumes", ()):
        if "emptyDir" in volume:
            assert volume["emptyDir"]["sizeLimit"], volume["name"]


def test_it_mounts_what_the_pod_has(container: Container) -> None:
    volumes = {volume["name"] for volume in container.pod["spec"].get("volumes", ())}
    claims = {"data"}
    mounts = {mount["name"] for mount in container.container["volumeMounts"]}
    assert mounts <= volumes | claims


def test_its_secrets_are_files_or_named_references(container: Container) -> None:
    spoken = str(container.container.get("command", "")) + str(container.container.get("args", ""))
    assert "password=" not in spoken.lower()
    for variable in container.container.get("env", ()):
        if "secretKeyRef" in str(variable):
            assert variable["name"] in {"REDISCLI_AUTH", "GF_SECURITY_ADMIN_PASSWORD"}


@pytest.mark.parametrize("owner", sorted(_ALL))
def test_a_pod_has_no_token_and_no_links(owner: str) -> None:
    spec = pods(*FULL)[owner]["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert spec["serviceAccountName"].startswith("ibid-")


def test_accounts_have_no_token_and_no_role_is_made() -> None:
    for found in objects(*FULL):
        assert "Role" not in found["kind"]
        if found["kind"] == "ServiceAccount":
            assert found["automountServiceAccountToken"] is False


def test_every_account_that_a_pod_names_is_made() -> None:
    made = {
        found["metadata"]["name"] for found in objects(*FULL) if found["kind"] == "ServiceAccount"
    }
    assert {pod["spec"]["serviceAccountName"] for pod in pods(*FULL).values()} <= made


def test_shared_memory_counts_in_the_limit_of_postgresql() -> None:
    spec = pods()["StatefulSet/ibid-postgres"]["spec"]
    [shared] = [volume for volume in spec["volumes"] if volume["name"] == "shared-memory"]
    assert shared["emptyDir"] == {"medium": "Memory", "sizeLimit": "512Mi"}
    assert spec["containers"][0]["resources"]["limits"]["memory"] == "2Gi"


@pytest.mark.parametrize("settings", [(), FULL, MANAGED], ids=["defaults", "full", "managed"])
def test_no_image_is_the_latest(settings: tuple[str, ...]) -> None:
    for found in containers(*settings):
        name = found.container["image"].rpartition("/")[2]
        assert ":" in name
        assert not name.endswith(":latest")


def test_a_mirror_serves_every_image() -> None:
    for found in containers(*FULL, "global.imageRegistry=mirror.example:5000/"):
        assert found.container["image"].startswith("mirror.example:5000/"), str(found)


def test_pull_secrets_reach_every_pod() -> None:
    for owner, pod in pods(*FULL, "global.imagePullSecrets={one,two}").items():
        assert pod["spec"]["imagePullSecrets"] == [{"name": "one"}, {"name": "two"}], owner


@pytest.mark.parametrize("name", ["api", "web", "orchestrator"])
def test_a_digest_pins_an_image(name: str) -> None:
    digest = "sha256:" + "a" * 64
    rendered = text(f"global.image.{name}.digest={digest}", "global.image.tag=1.2.3")
    assert f"image: ibid-{name}:1.2.3@{digest}" in rendered


def test_the_tag_is_the_version_of_the_chart_unless_given() -> None:
    assert "image: ibid-api:0.1.0\n" in text()
    assert "image: ghcr.io/us/ibid-api:v7\n" in text(
        "global.image.tag=v7", "global.image.registry=ghcr.io/us"
    )
    assert "image: ibid-api:v8\n" in text("global.image.tag=v7", "global.image.api.tag=v8")
