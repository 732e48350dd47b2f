"""A machine on which the deploy scripts find a Helm and a kubectl that only pretend."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[2]
DIGESTS = {
    "IBID_API_DIGEST": "sha256:" + "a" * 64,
    "IBID_WEB_DIGEST": "sha256:" + "b" * 64,
    "IBID_ORCHESTRATOR_DIGEST": "sha256:" + "c" * 64,
}

# Both keep the release in the file revisions, one "NUMBER STATUS SECONDS" a line, and the images
# that run in the file images. A file named NAME-fails makes that fail.
_KUBECTL = """#!/usr/bin/env bash
echo "kubectl $*" >>"$FAKE/log"
case "$*" in
  *"get secrets"*)
    cat "$FAKE/revisions"
    # somebody else's deploy ends after the first look
    if [[ -f $FAKE/ends ]]; then mv "$FAKE/ends" "$FAKE/revisions"; fi ;;
  *"get namespace"*) [[ ! -f $FAKE/namespace-fails ]] ;;
  *"get deployments,statefulsets"*) echo deployment/ibid-api; echo statefulset/ibid-redis ;;
  *"rollout status"*) [[ ! -f $FAKE/rollout-fails ]] ;;
  *"get pods"*go-template*containers*) cat "$FAKE/images" ;;
esac
"""
_HELM = """#!/usr/bin/env bash
echo "helm $*" >>"$FAKE/log"
number=$(($(tail -1 "$FAKE/revisions" | cut -d' ' -f1) + 1))
put() { # STATUS of the new revision
  if [[ $1 == deployed ]]; then sed -i 's/ deployed / superseded /' "$FAKE/revisions"; fi
  sed -i 's/ pending-[a-z]* / failed /' "$FAKE/revisions"
  echo "$number $1 0" >>"$FAKE/revisions"
}
case "$*" in
  *--dry-run=server*)
    for said in "$FAKE"/refused-by-{schema,templates}; do
      if [[ $said == *schema && $* == *--skip-schema* ]]; then continue; fi
      if [[ ! -f $said ]]; then continue; fi
      cat "$said" >&2
      exit 1
    done ;;
  upgrade*)
    if [[ -f $FAKE/upgrade-fails ]]; then put failed; exit 1; fi
    put deployed
    if [[ -f $FAKE/new-images ]]; then cp "$FAKE/new-images" "$FAKE/images"; fi ;;
  rollback*)
    if [[ -f $FAKE/rollback-fails ]]; then exit 1; fi
    put deployed
    rm -f "$FAKE/rollout-fails" ;;
  test*) [[ ! -f $FAKE/test-fails ]] ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a script runs, and what it asked Helm and kubectl for."""

    home: Path

    def run(
        self, script: str, *arguments: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        scripts = self.home / "scripts/deploy"
        return subprocess.run(
            [str(scripts / script), *arguments],
            env=self._environment() | variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def release(self, *revisions: str) -> None:
        """Say which revisions there are: "NUMBER STATUS SECONDS"."""
        (self.home / "revisions").write_text("".join(f"{line}\n" for line in revisions))

    def fail(self, *names: str) -> None:
        for name in names:
            (self.home / f"{name}-fails").touch()

    def refuse(self, **mistakes: str) -> None:
        """Have Helm refuse the values for what the ``schema`` and the ``templates`` say."""
        for teller, said in mistakes.items():
            (self.home / f"refused-by-{teller}").write_text(f"{said}\n")

    def asked(self, program: str) -> list[str]:
        """Return what ``program`` was asked to change, in order."""
        looks = ("kubectl get", "--request-timeout", " get ", "rollout status")
        log = self.home / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [
            line
            for line in lines
            if line.startswith(f"{program} ") and not any(look in line for look in looks)
        ]

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.home / 'bin'}:{os.environ['PATH']}",
            "FAKE": str(self.home),
            "HOME": str(self.home),
            "IBID_NAMESPACE": "ibid-dev",
        }


def make(home: Path) -> Machine:
    """Return a machine with the scripts, a chart, and what runs at the start."""
    for name, text in (("kubectl", _KUBECTL), ("helm", _HELM)):
        program = home / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
    for script in (_ROOT / "scripts").glob("**/*.sh"):
        copy = home / script.relative_to(_ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(script.read_bytes())
        copy.chmod(0o755)
    (home / "helm/environments").mkdir(parents=True)
    (home / "helm/environments/dev.yaml").write_text("{}\n")
    (home / "helm/ibid").mkdir()
    (home / "revisions").touch()
    images = [
        f"registry.example/ibid-{service}:main@{DIGESTS[f'IBID_{service.upper()}_DIGEST']}\n"
        for service in ("api", "web", "orchestrator")
    ]
    (home / "images").write_text("".join(images))
    return Machine(home)
