"""Models besides the one in the images."""

import pytest

from helm.rendering import one, refusal
from libs.settings import ApiSettings, load

CLAIM = "global.models.existingClaim=models"
ENDPOINT = ("global.models.endpoint=http://tei:8080/v1", "global.models.existingSecret=tei")


@pytest.mark.parametrize("service", ["api", "orchestrator"])
def test_a_claim_with_models_is_read_by_those_who_embed(service: str) -> None:
    pod = one("Deployment", f"ibid-{service}", CLAIM)["spec"]["template"]["spec"]
    claim = {"claimName": "models", "readOnly": True}
    assert {"name": "models", "persistentVolumeClaim": claim} in pod["volumes"]
    mount = {"name": "models", "mountPath": "/run/models", "readOnly": True}
    assert mount in pod["containers"][0]["volumeMounts"]
    config = one("ConfigMap", f"ibid-{service}", CLAIM)["data"]
    assert config["IBID_MODEL_FOLDER"] == "/run/models"


@pytest.mark.parametrize("service", ["api", "orchestrator"])
def test_the_key_of_an_endpoint_is_a_file(service: str) -> None:
    config = one("ConfigMap", f"ibid-{service}", *ENDPOINT)["data"]
    assert config["IBID_EMBEDDING_URL"] == "http://tei:8080/v1"
    assert config["IBID_EMBEDDING_API_KEY_FILE"] == "/run/secrets/ibid/embedding-api-key"
    pod = one("Deployment", f"ibid-{service}", *ENDPOINT)["spec"]["template"]["spec"]
    [secrets] = [one for one in pod["volumes"] if one["name"] == "secrets"]
    items = [{"key": "api-key", "path": "embedding-api-key"}]
    assert {"secret": {"name": "tei", "items": items}} in secrets["projected"]["sources"]


@pytest.mark.parametrize("values", [(), (CLAIM, *ENDPOINT)])
def test_the_dashboard_has_no_models(values: tuple[str, ...]) -> None:
    pod = one("Deployment", "ibid-web", *values)["spec"]["template"]["spec"]
    assert "models" not in {volume["name"] for volume in pod["volumes"]}
    assert not {"IBID_MODEL_FOLDER", "IBID_EMBEDDING_URL"} & set(
        one("ConfigMap", "ibid-web", *values)["data"]
    )


def test_the_model_of_an_endpoint_is_configured_by_values() -> None:
    values = (
        ENDPOINT[0],
        "api.config.IBID_EMBEDDING_URL_MODEL=bge-m3",
        "api.config.IBID_EMBEDDING_URL_DIMENSION=1024",
    )
    data = dict(one("ConfigMap", "ibid-api", *values)["data"])
    for name, url in (("DATABASE", "postgresql://a@b/c"), ("REDIS", "redis://b")):
        del data[f"IBID_{name}_URL_FILE"]
        data[f"IBID_{name}_URL"] = url
    settings = load(ApiSettings, data)
    assert (settings.embedding_url_model, settings.embedding_url_dimension) == ("bge-m3", 1024)


@pytest.mark.parametrize(
    "value",
    [
        "global.models.endpoint=tei",
        "global.models.folder=/models",
        "api.config.IBID_EMBEDDING_API_KEY=secret",
    ],
)
def test_what_would_not_work_is_refused(value: str) -> None:
    assert refusal(value)
