#!/usr/bin/env bash
# Writes the kubeconfig with which a workflow reaches a stage's cluster, to the file KUBECONFIG.
# Without long-lived secrets, where the cluster trusts GitHub's tokens (docs/releasing.md):
#   IBID_CLUSTER_SERVER     https://…
#   IBID_CLUSTER_CA         its certificate authority, in base64 as kubeconfigs have it
#   IBID_CLUSTER_AUDIENCE   the audience that its API server accepts
# or, where it does not:
#   IBID_KUBECONFIG         a whole kubeconfig; a secret of the environment
# shellcheck source=/dev/null
. "$(dirname "$0")/lib.sh"
[[ -n ${KUBECONFIG:-} ]] || die "missing: the variable KUBECONFIG, the file to write"
umask 077
mkdir -p "$(dirname "$KUBECONFIG")"
if [[ -n ${IBID_KUBECONFIG:-} ]]; then
  printf '%s\n' "$IBID_KUBECONFIG" >"$KUBECONFIG"
  exit 0
fi
need IBID_CLUSTER_SERVER IBID_CLUSTER_CA IBID_CLUSTER_AUDIENCE
[[ $IBID_CLUSTER_SERVER == https://* ]] || die "IBID_CLUSTER_SERVER must begin with https://"
cat >"$KUBECONFIG" <<YAML
apiVersion: v1
kind: Config
current-context: ibid
clusters:
  - name: ibid
    cluster: {server: "$IBID_CLUSTER_SERVER", certificate-authority-data: "$IBID_CLUSTER_CA"}
contexts:
  - name: ibid
    context: {cluster: ibid, user: github}
users:
  - name: github
    user:
      # a token lives for minutes and a deploy may take longer, so each is fetched when needed
      exec:
        apiVersion: client.authentication.k8s.io/v1
        command: "$HERE/cluster-token.sh"
        args: ["$IBID_CLUSTER_AUDIENCE"]
        interactiveMode: Never
YAML
