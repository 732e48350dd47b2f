"""Make each chart's values.schema.json from its values.yaml: ``python -m charts.schemas``.

The defaults give names and types, and every map is closed: a name that they lack is refused. What
a default cannot show, such as the form of a quantity, follows from the key's name.
"""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from charts import postgresql
from charts.settings import SETTINGS, Schema, of_settings

_TEXT: Schema = {"type": "string"}
_WORDS: Schema = {"type": "object", "additionalProperties": _TEXT}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_COUNT: Schema = {"type": "integer", "minimum": 0}

_PORT: Schema = {"type": "integer", "minimum": 1, "maximum": 65_535}
_QUANTITY: Schema = {"$ref": "#/definitions/quantity"}
# What a container may ask for: besides these three, huge pages and what drivers add, DOMAIN/NAME.
_AMOUNTS: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": dict.fromkeys(("cpu", "memory", "ephemeral-storage"), _QUANTITY),
    "patternProperties": {
        "^hugepages-[0-9]+[KMGT]i$": _QUANTITY,
        r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$": {
            "type": ["integer", "string"],
            "minimum": 0,
            "pattern": "^[0-9]+$",
        },
    },
}

# Each stands once in a schema, and is referred to.
_DEFINITIONS: Mapping[str, Schema] = {
    "quantity": {
        "type": "string",
        "pattern": r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$",
    },
    "resources": {
        "type": "object",
        "additionalProperties": False,
        "required": ["requests", "limits"],
        "properties": {
            "requests": {**_AMOUNTS, "required": ["cpu", "memory", "ephemeral-storage"]},
            "limits": {**_AMOUNTS, "required": ["memory", "ephemeral-storage"]},
        },
    },
    "probe": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"type": "integer", "minimum": 0 if name == "initialDelaySeconds" else 1}
            for name in (
                "failureThreshold",
                "initialDelaySeconds",
                "periodSeconds",
                "timeoutSeconds",
            )
        },
    },
    "outside": {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["cidr", "port"],
            "properties": {
                "cidr": {"type": "string", "pattern": r"^[0-9a-fA-F.:]+/[0-9]{1,3}$"},
                "port": _PORT,
            },
        },
    },
    "peers": {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "minProperties": 1,
            "properties": {
                "ipBlock": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["cidr"],
                    "properties": {"cidr": _TEXT, "except": _TEXTS},
                },
                "namespaceSelector": {"$ref": "#/definitions/selector"},
                "podSelector": {"$ref": "#/definitions/selector"},
            },
        },
    },
    # A misspelt one would select everything.
    "selector": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "matchLabels": _WORDS,
            "matchExpressions": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["key", "operator"],
                    "properties": {
                        "key": _TEXT,
                        "operator": {"enum": ["In", "NotIn", "Exists", "DoesNotExist"]},
                        "values": _TEXTS,
                    },
                },
            },
        },
    },
}

_NAMED: Mapping[str, Schema] = {
    "affinity": {"type": "object"},
    "annotations": _WORDS,
    "averageValue": {"$ref": "#/definitions/quantity"},
    "cpuPercent": {"type": "integer", "minimum": 1, "maximum": 1000},
    "startupPercent": {"type": "integer", "minimum": 1, "maximum": 100},
    "digest": {"type": "string", "pattern": "^(sha256:[0-9a-f]{64})?$"},
    "dns": {"$ref": "#/definitions/peers"},
    "edgeFrom": {"$ref": "#/definitions/peers"},
    "egress": {"$ref": "#/definitions/outside"},
    "apiHost": {"type": "string", "pattern": r"^[a-z0-9.-]*$"},
    "host": {"type": "string", "pattern": r"^[a-z0-9.-]*$"},
    "imagePullSecrets": _TEXTS,
    "interval": {"type": "string", "pattern": "^[0-9]+(ms|s|m)$"},
    "jobsPerPod": {"type": "integer", "minimum": 1},
    "labels": _WORDS,
    "maxMemory": {"type": "string", "pattern": "^[0-9]+(kb|mb|gb)?$"},
    "maxMemoryPolicy": {"enum": ["noeviction", "allkeys-lru", "allkeys-lfu", "volatile-lru"]},
    "maxReplicas": {"type": "integer", "minimum": 1},
    "metricsFrom": {"$ref": "#/definitions/peers"},
    "minReplicas": {"type": "integer", "minimum": 1},
    "nodePort": {"type": "integer", "minimum": 0, "maximum": 65_535},
    "nodeSelector": _WORDS,
    "parentRefs": {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name"],
            "properties": {
                **dict.fromkeys(("group", "kind", "namespace", "name", "sectionName"), _TEXT),
                "port": _PORT,
            },
        },
    },
    "podAnnotations": _WORDS,
    "podLabels": _WORDS,
    "pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
    "resources": {"$ref": "#/definitions/resources"},
    "helperResources": {"$ref": "#/definitions/resources"},
    "restoreTestSchedule": {"type": "string", "pattern": r"^\S+( \S+){4}$"},
    "schedule": {"type": "string", "pattern": r"^\S+( \S+){4}$"},
    "selector": _WORDS,
    "scratchSize": {"$ref": "#/definitions/quantity"},
    # IBID_SHUTDOWN_SECONDS and IBID_STARTUP_DELAY_SECONDS take no others
    "shutdownSeconds": {"type": "integer", "minimum": 1, "maximum": 86_400},
    "startupDelaySeconds": {"type": "integer", "minimum": 0, "maximum": 600},
    "sharedMemory": {"$ref": "#/definitions/quantity"},
    "size": {"$ref": "#/definitions/quantity"},
    "tmpSize": {"$ref": "#/definitions/quantity"},
    "tolerations": {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "key": _TEXT,
                "operator": {"enum": ["Exists", "Equal", "Lt", "Gt"]},
                "value": _TEXT,
                "effect": {"enum": ["NoSchedule", "PreferNoSchedule", "NoExecute"]},
                "tolerationSeconds": {"type": "integer"},
            },
        },
    },
    "type": {"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
    "endpoint": {"type": "string", "pattern": "^(https?://.+)?$"},
    "uid": {"type": "integer", "minimum": 1},
    **{name: {"$ref": "#/definitions/probe"} for name in ("startup", "readiness", "liveness")},
}


def schema(chart: Path) -> Schema:
    """Return the schema of the chart's values."""
    values: dict[str, Any] = yaml.safe_load((chart / "values.yaml").read_text("utf-8")) or {}
    about = yaml.safe_load((chart / "Chart.yaml").read_text("utf-8"))
    top = _of_map(values)
    # Helm hands these over, too, and validates what is in them where they come from
    top["properties"].setdefault("global", {"type": "object"})
    for part in about.get("dependencies", ()):
        can_be_off = "condition" in part
        top["properties"][part["name"]] = _of_part(chart / "charts" / part["name"], can_be_off)
    if chart.name in SETTINGS:
        top["properties"]["config"] = of_settings(SETTINGS[chart.name])
    elif chart.name == "postgres":
        setting = {"type": ["string", "number", "boolean"]}
        top["properties"]["config"] = {
            "type": "object",
            "additionalProperties": False,
            "patternProperties": {f"^({postgresql.NAMES}|{postgresql.EXTENSIONS})$": setting},
        }
    used = _used(top)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": about["name"],
        "description": about["description"],
        **top,
        **({"definitions": {name: _DEFINITIONS[name] for name in sorted(used)}} if used else {}),
    }


def charts(umbrella: Path) -> list[Path]:
    """Return the charts whose schema is made here; monitoring writes its own."""
    parts = sorted(path.parent for path in umbrella.glob("charts/*/values.yaml"))
    return [umbrella, *(part for part in parts if part.name != "monitoring")]


def text(chart: Path) -> str:
    """Return the file, as it should be."""
    return json.dumps(schema(chart), indent=2) + "\n"


def _of_part(chart: Path, can_be_off: bool) -> Schema:
    """Return what the umbrella says of a subchart's values: all of it where the part is off.

    Nobody looks into its own schema then, nor puts its defaults beside what is given, so nothing
    is required. Where it is on, a mistake need not be told twice.
    """
    if not can_be_off:
        return {"type": "object"}
    own = json.loads((chart / "values.schema.json").read_text("utf-8"))
    del own["properties"]["global"]
    return {
        "type": "object",
        "if": {"properties": {"enabled": {"const": False}}},
        "then": {
            "additionalProperties": False,
            "properties": _inlined(own["properties"], own.get("definitions", {})),
        },
    }


def _inlined(part: Any, definitions: Mapping[str, Schema]) -> Any:
    """Return the part with its definitions in their places, and nothing required."""
    if isinstance(part, list):
        return [_inlined(one, definitions) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _inlined(definitions[part["$ref"].rpartition("/")[2]], definitions)
    return {key: _inlined(one, definitions) for key, one in part.items() if key != "required"}


def _of_map(values: Mapping[str, Any]) -> Schema:
    properties = {name: _of(name, value) for name, value in values.items()}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _of(name: str, value: object) -> Schema:
    if name in _NAMED:
        return _NAMED[name]
    match value:
        case bool():
            return {"type": "boolean"}
        case int():
            return _COUNT
        case str():
            return _TEXT
        case dict():
            return _of_map(value)
    raise ValueError(f"{name}: its default shows no type; name it in charts.schemas")


def _used(part: object) -> set[str]:
    found = set(re.findall(r'"#/definitions/(\w+)"', json.dumps(part)))
    inner = [_used(_DEFINITIONS[name]) for name in found]
    return found.union(*inner)


def main(umbrella: Path) -> None:
    # the umbrella's is made of those of its parts
    for chart in reversed(charts(umbrella)):
        (chart / "values.schema.json").write_text(text(chart), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "helm/ibid"))
