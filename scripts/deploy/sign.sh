#!/usr/bin/env bash
# Signs the images and the chart of this build, by digest, and attests an SBOM (SPDX) of each.
# The signatures are keyless: in GitHub Actions the workflow itself is who signed; on a laptop
# cosign asks in the browser who you are. Each is entered in the public log.
#   IBID_REGISTRY, IBID_VERSION, IBID_{API,WEB,ORCHESTRATOR,CHART}_DIGEST
# shellcheck source=/dev/null
. "$(dirname "$0")/lib.sh"
load_build
need cosign docker jq IBID_REGISTRY IBID_VERSION IBID_CHART_DIGEST
for service in "${SERVICES[@]}"; do need "$(digest_name "$service")"; done
mkdir -p "$OUTPUT"

sign() { # REFERENCE SBOM
  cosign sign --yes "$1" >&2
  cosign attest --yes --type spdxjson --predicate "$2" "$1" >&2
  note "SIGNED: $1, with its SBOM"
}

chart_sbom() { # SPDX 2.3 of the chart: it contains nothing but what it runs
  local service name
  for service in "${SERVICES[@]}"; do
    name=$(digest_name "$service")
    jq -n --arg service "$service" --arg digest "${!name#sha256:}" --arg registry "$IBID_REGISTRY" --arg version "$IBID_VERSION" '{
      SPDXID: "SPDXRef-Image-\($service)", name: "ibid-\($service)", versionInfo: $version,
      downloadLocation: "NOASSERTION", filesAnalyzed: false,
      checksums: [{algorithm: "SHA256", checksumValue: $digest}],
      externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
        referenceLocator: "pkg:oci/ibid-\($service)@sha256%3A\($digest)?repository_url=\($registry)/ibid-\($service)"}]}'
  done | jq -s --arg version "$IBID_VERSION" --arg digest "${IBID_CHART_DIGEST#sha256:}" --arg registry "$IBID_REGISTRY" \
    --arg created "$(date -u +%Y-%m-%dT%H:%M:%SZ)" '{
      spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: "ibid-chart-\($version)",
      documentNamespace: "https://spdx.org/spdxdocs/ibid-chart-\($version)-\($digest)",
      creationInfo: {created: $created, creators: ["Tool: ibid-scripts-deploy-sign"]},
      packages: ([{SPDXID: "SPDXRef-Chart", name: "ibid", versionInfo: $version, filesAnalyzed: false,
        downloadLocation: "NOASSERTION", licenseDeclared: "Apache-2.0",
        checksums: [{algorithm: "SHA256", checksumValue: $digest}],
        externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
          referenceLocator: "pkg:oci/ibid@sha256%3A\($digest)?repository_url=\($registry)/charts/ibid"}]}] + .),
      relationships: ([{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-Chart"}]
        + [.[] | {spdxElementId: "SPDXRef-Chart", relationshipType: "DEPENDS_ON", relatedSpdxElement: .SPDXID}])}'
}

for service in "${SERVICES[@]}"; do
  name=$(digest_name "$service")
  reference=$IBID_REGISTRY/ibid-$service@${!name}
  # BuildKit listed what it put in when it built the image
  docker buildx imagetools inspect "$reference" --format '{{json .SBOM.SPDX}}' >"$OUTPUT/$service.spdx.json"
  jq -e '.spdxVersion' "$OUTPUT/$service.spdx.json" >/dev/null || die "$reference was pushed without an SBOM"
  sign "$reference" "$OUTPUT/$service.spdx.json"
done
chart_sbom >"$OUTPUT/chart.spdx.json"
sign "$IBID_REGISTRY/charts/ibid@$IBID_CHART_DIGEST" "$OUTPUT/chart.spdx.json"
