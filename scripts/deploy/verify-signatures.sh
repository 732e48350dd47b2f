#!/usr/bin/env bash
# Holds every image and the chart of this build to who may have made them: this repository's
# deploy workflow, run for the default branch or for a release. Anything else is not deployed.
#   IBID_REPOSITORY   owner/name on GitHub (else GITHUB_REPOSITORY)
#   IBID_DEFAULT_BRANCH (main), IBID_REGISTRY, IBID_{API,WEB,ORCHESTRATOR,CHART}_DIGEST
#   GH_TOKEN          where set, and gh is there, the build's provenance is verified too
# shellcheck source=/dev/null
. "$(dirname "$0")/lib.sh"
load_build
repository=${IBID_REPOSITORY:-${GITHUB_REPOSITORY:-}}
need cosign IBID_REGISTRY IBID_CHART_DIGEST
[[ -n $repository ]] || die "missing: the variable IBID_REPOSITORY"

references=("$IBID_REGISTRY/charts/ibid@$IBID_CHART_DIGEST")
for service in "${SERVICES[@]}"; do
  name=$(digest_name "$service")
  need "$name"
  references+=("$IBID_REGISTRY/ibid-$service@${!name}")
done

workflow="https://github.com/$repository/.github/workflows/deploy.yml"
who=(
  --certificate-oidc-issuer https://token.actions.githubusercontent.com
  --certificate-identity-regexp "^${workflow//./\\.}@refs/(heads/${IBID_DEFAULT_BRANCH:-main}|tags/v[0-9][^/]*)\$"
)
for reference in "${references[@]}"; do
  cosign verify "${who[@]}" "$reference" >/dev/null || die "$reference is not signed by $workflow"
  cosign verify-attestation "${who[@]}" --type spdxjson "$reference" >/dev/null || die "$reference has no SBOM by $workflow"
  if [[ -n ${GH_TOKEN:-} ]] && type -P gh >/dev/null; then
    gh attestation verify "oci://$reference" --repo "$repository" --signer-workflow "$repository/.github/workflows/deploy.yml" >&2 ||
      die "$reference has no provenance by $workflow"
  fi
  say "verified: $reference"
done
