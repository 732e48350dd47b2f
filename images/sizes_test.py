import gzip
import io
import json
import tarfile
from collections.abc import Mapping

from sizes import measure, too_large


def saved(images: Mapping[str, list[str]], layers: Mapping[str, bytes]) -> io.BytesIO:
    manifest = [{"RepoTags": [name], "Layers": list(names)} for name, names in images.items()]
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in {**layers, "manifest.json": json.dumps(manifest).encode()}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    archive.seek(0)
    return archive


def layer(size: int) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("file")
        member.size = size
        tar.addfile(member, io.BytesIO(bytes(size)))
    return archive.getvalue()


def test_a_shared_layer_counts_once() -> None:
    images = {"ghcr.io/acme/ibid-api:1.2": ["base", "api"], "ibid-web:dev": ["base", "web"]}
    layers = {"base": layer(5000), "api": layer(300), "web": layer(20), "config.json": b"{}"}
    assert measure(saved(images, layers)) == {"ibid-api": 5300, "ibid-web": 5020, "all": 5320}


def test_a_packed_layer_counts_unpacked() -> None:
    layers = {"blobs/sha256/1": gzip.compress(layer(3_000_000))}
    found = measure(saved({"ibid-api:dev": ["blobs/sha256/1"]}, layers))
    assert found["ibid-api"] == 3_000_000


def test_what_is_above_its_bound_or_missing_is_told() -> None:
    found = {"ibid-api": 3_000_001, "ibid-web": 2_000_000}
    bounds = {"ibid-api": 3, "ibid-web": 2, "ibid-orchestrator": 1}
    assert too_large(found, bounds) == ["ibid-api: above 3 MB", "ibid-orchestrator: missing"]
