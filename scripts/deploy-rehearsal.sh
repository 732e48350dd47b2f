#!/usr/bin/env bash
# Walks the whole delivery on one machine, with the scripts that the deploy workflow calls: build,
# push, helm upgrade --install, rollout check, helm test. Then it deploys a build that never gets
# ready and sees it rolled back, and one whose deploy is killed half-way and sees it healed.
#   KUBECONFIG         a cluster; the namespace that is used must not be there yet
#   IBID_REGISTRY      a registry that this machine and the cluster's nodes reach. Unset: the program
#                      `registry` is started on 127.0.0.1:IBID_REGISTRY_PORT (5055)
#   IBID_REGISTRY_HOSTS  where this machine is the node: containerd's folder of registries
#                      (config_path, often /etc/containerd/certs.d), to enter that registry in
#   IBID_STAGE (dev), IBID_NAMESPACE (ibid-rehearsal), IBID_TIMEOUT (3m), IBID_VALUES
#   IBID_KEEP=yes      leaves all of it running
# Images of others that the chart runs come along from the local Docker, where they are all there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export IBID_NAMESPACE=${IBID_NAMESPACE:-ibid-rehearsal} IBID_TIMEOUT=${IBID_TIMEOUT:-3m}
stage=${IBID_STAGE:-dev}
work=$(mktemp -d)
registry_pid='' made_namespace='' hosts='' doing='' began=0
results=()

say() { printf '%s\n' "$*" >&2; }
die() { say "deploy-rehearsal: $*"; exit 1; }

tidy() {
  local status=$?
  if [[ -n $doing ]]; then
    results+=("FAILED  $((SECONDS - began)) s  $doing")
    summary
  fi
  if [[ ${IBID_KEEP:-} != yes ]]; then
    if [[ -n $made_namespace ]]; then
      helm uninstall ibid --namespace "$IBID_NAMESPACE" >/dev/null 2>&1 || true
      kubectl delete namespace "$IBID_NAMESPACE" --timeout=120s >/dev/null 2>&1 || true
    fi
    [[ -z $registry_pid ]] || kill "$registry_pid" 2>/dev/null || true
    [[ -z $hosts ]] || rm -rf "$hosts"
    rm -rf "$work"
  fi
  exit "$status"
}
trap tidy EXIT

step() { # WHAT COMMAND...: runs it, and keeps how long it took
  doing=$1 began=$SECONDS
  say ""
  say "#### $doing"
  # no condition around it, for that would let a command in a function fail unseen
  "${@:2}"
  results+=("ok  $((SECONDS - began)) s  $doing")
  doing=''
}

summary() {
  echo
  echo "Rehearsal of $(git rev-parse --short HEAD) at $IBID_REGISTRY, $(kubectl version -o json | sed -n 's/.*"gitVersion": "\(v[^"]*\)".*/\1/p' | tail -1)"
  printf '  %s\n' "${results[@]}" | sed -E 's/^  (ok|FAILED)  ([0-9]+ s)  /  \1\t\2\t/' | expand -t 10,18
}

start_registry() {
  local port=${IBID_REGISTRY_PORT:-5055}
  type -P registry >/dev/null || die "name a registry in IBID_REGISTRY, or put the program registry into PATH"
  export IBID_REGISTRY=127.0.0.1:$port
  printf '%s\n' 'version: 0.1' "storage: {filesystem: {rootdirectory: $work/registry}, delete: {enabled: true}}" \
    "http: {addr: '$IBID_REGISTRY'}" 'log: {level: error}' >"$work/registry.yaml"
  registry serve "$work/registry.yaml" >"$work/registry.log" 2>&1 &
  registry_pid=$!
  for _ in {1..50}; do
    if curl --silent --fail --noproxy '*' "http://$IBID_REGISTRY/v2/" >/dev/null; then break; fi
    kill -0 "$registry_pid" 2>/dev/null || die "the registry ended: $(cat "$work/registry.log")"
    sleep 0.2
  done
  [[ -n ${IBID_REGISTRY_HOSTS:-} ]] || return 0
  hosts=$IBID_REGISTRY_HOSTS/$IBID_REGISTRY
  mkdir -p "$hosts"
  printf 'server = "http://%s"\n\n[host."http://%s"]\n  capabilities = ["pull", "resolve"]\n' \
    "$IBID_REGISTRY" "$IBID_REGISTRY" >"$hosts/hosts.toml"
}

others() { # images that are not built here
  helm template ibid helm/ibid --values "helm/environments/$stage.yaml" --values "$work/values.yaml" \
    --values "$work/more.yaml" --kube-version 1.34.0 | sed -nE 's/^ *image: *"?([^" ]+)"?$/\1/p' | grep -v ibid- | sort -u
}

bring_others() { # pushes them, and has the chart take them from here
  local images image
  mapfile -t images < <(others)
  for image in "${images[@]}"; do
    docker image inspect "$image" >/dev/null 2>&1 || { say "$image is not in the local Docker: the nodes have to have it"; return 0; }
  done
  for image in "${images[@]}"; do
    docker tag "$image" "$IBID_REGISTRY/$image"
    docker push --quiet "$IBID_REGISTRY/$image" >&2
    docker rmi "$IBID_REGISTRY/$image" >/dev/null
  done
  printf 'global: {imageRegistry: "%s", image: {pullPolicy: IfNotPresent}}\n' "$IBID_REGISTRY" >>"$work/values.yaml"
}

derive() { # NAME: a build as the first, but for the image of api, to which it adds standard input
  local name=$1 image digest
  mkdir -p "$work/$name"
  grep -vE '^IBID_(VERSION|API_DIGEST|CHART|CHART_DIGEST)=' "$work/first/build.env" >"$work/$name/build.env"
  image=$IBID_REGISTRY/ibid-api:$name
  { echo "FROM $IBID_REGISTRY/ibid-api@$(sed -n 's/^IBID_API_DIGEST=//p' "$work/first/build.env")"; cat; } \
    >"$work/$name/Dockerfile"
  docker build --quiet --tag "$image" --file "$work/$name/Dockerfile" "$work/context" >/dev/null
  docker push --quiet "$image" >&2
  digest=$(docker buildx imagetools inspect "$image" --format '{{.Manifest.Digest}}')
  printf '%s\n' "IBID_VERSION=0.0.0-rehearsal-$name" "IBID_API_DIGEST=$digest" >>"$work/$name/build.env"
  IBID_OUTPUT=$work/$name scripts/deploy/publish-chart.sh
}

second() { echo 'LABEL rehearsal=second' | derive second; }

broken() { printf '%s\n' 'COPY never_ready.py /never_ready.py' 'ENTRYPOINT ["/app/bin/python", "-I", "/never_ready.py"]' | derive broken; }

deploy() { IBID_OUTPUT=$work/$1 scripts/deploy/deploy.sh "$stage"; } # NAME of the build

revision() { kubectl -n "$IBID_NAMESPACE" get secrets -l owner=helm,name=ibid,status="$1" -o jsonpath='{.items[*].metadata.labels.version}'; }

api_digest() { kubectl -n "$IBID_NAMESPACE" get deployment ibid-api -o jsonpath='{.spec.template.spec.containers[0].image}' | sed 's/.*@//'; }

serves() { # NAME of the build: api runs its image, and every pod is ready
  [[ $(api_digest) == $(sed -n 's/^IBID_API_DIGEST=//p' "$work/$1/build.env") ]] || { say "api does not run the build $1"; return 1; }
  kubectl -n "$IBID_NAMESPACE" rollout status deployment/ibid-api --timeout=10s >&2
}

deploy_broken() {
  local status=0 before
  before=$(revision deployed)
  deploy broken 2>&1 | tee "$work/broken.log" >&2 || status=${PIPESTATUS[0]}
  [[ $status == 3 ]] || { say "deploy.sh ended with $status, not 3"; return 1; }
  grep -q "^ROLLED BACK: .* revision $before " "$work/broken.log" || { say "it did not say so"; return 1; }
  serves second
}

kill_half_way() { # as a runner that is taken away does: at once, with all that it started
  local pid
  setsid env IBID_OUTPUT="$work/broken" scripts/deploy/deploy.sh "$stage" >"$work/killed.log" 2>&1 &
  pid=$!
  for _ in {1..600}; do
    if [[ -n $(revision pending-upgrade) ]]; then break; fi
    kill -0 "$pid" 2>/dev/null || { cat "$work/killed.log" >&2; return 1; }
    sleep 0.2
  done
  kill -KILL -- "-$pid"
  wait "$pid" 2>/dev/null || true
  say "revision $(revision pending-upgrade) is pending-upgrade, and nobody is at work on it"
  ! helm upgrade ibid helm/ibid --namespace "$IBID_NAMESPACE" --reuse-values >"$work/refused.log" 2>&1 ||
    { say "Helm should have refused"; return 1; }
  say "Helm alone says: $(tail -1 "$work/refused.log")"
}

heal() {
  IBID_HEAL_AFTER=5 deploy second 2>&1 | tee "$work/healed.log" >&2
  grep -q '^HEALED: ' "$work/healed.log" || { say "it did not say that it healed"; return 1; }
  serves second
}

for program in docker helm kubectl curl git; do type -P "$program" >/dev/null || die "missing: the program $program"; done
[[ -n ${KUBECONFIG:-} ]] || die "name a cluster in KUBECONFIG"
kubectl version >/dev/null || die "the cluster of KUBECONFIG does not answer"
! kubectl get namespace "$IBID_NAMESPACE" >/dev/null 2>&1 || die "the namespace $IBID_NAMESPACE is there already"
mkdir -p "$work/context"
printf '%s\n' "${IBID_VALUES:-}" >"$work/more.yaml"
# two revisions at once have to fit on a small machine
for service in api web orchestrator; do
  echo "$service: {replicas: 1, autoscaling: {enabled: false}, resources: {requests: {cpu: 20m, memory: 128Mi}}}"
done >"$work/values.yaml"
cat >"$work/context/never_ready.py" <<'PY'
"""A service that lives and is never ready."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503 if self.path == "/readyz" else 200)
        self.end_headers()


ThreadingHTTPServer(("", 3001), Handler).serve_forever()
PY
export IBID_VALUES_FILE=$work/values.yaml

[[ -n ${IBID_REGISTRY:-} ]] || start_registry
kubectl create namespace "$IBID_NAMESPACE" >&2
made_namespace=yes
kubectl label namespace "$IBID_NAMESPACE" pod-security.kubernetes.io/enforce=restricted >&2

step "build three images and push them" env IBID_OUTPUT="$work/first" scripts/deploy/build-images.sh --push
step "push the chart, which names them by digest" env IBID_OUTPUT="$work/first" scripts/deploy/publish-chart.sh
step "bring along the images of others" bring_others
step "install: helm upgrade --install, rollout, helm test" deploy first
step "make a second build" second
step "upgrade: helm upgrade --install, rollout, helm test" deploy second
step "make a build that never gets ready" broken
step "deploy it: rolled back by itself, and said so" deploy_broken
step "kill a deploy half-way: the release is left pending" kill_half_way
step "deploy again: healed, upgraded, tested" heal
summary
