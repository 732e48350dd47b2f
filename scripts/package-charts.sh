#!/usr/bin/env bash
# Packs the umbrella chart into dist/, byte for byte the same for the same tree.
#
#   scripts/package-charts.sh [--version V] [--app-version V]
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v helm >/dev/null; then
  echo "package-charts: no helm on PATH, so no chart is packed: https://helm.sh/docs/intro/install" >&2
  exit 0
fi
version='' app_version=''
while (($#)); do
  case $1 in
    --version) version=$2 ;;
    --app-version) app_version=$2 ;;
    *)
      echo "usage: $0 [--version V] [--app-version V]" >&2
      exit 2
      ;;
  esac
  shift 2
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R helm/ibid "$folder/ibid"
find "$folder/ibid" -name BUILD -delete
while read -r about; do
  # one version for all of them: the images' tag is the app version of each chart
  [[ -z $version ]] || sed -i "s/^version: .*/version: $version/" "$about"
  [[ -z $app_version ]] || sed -i "s/^appVersion: .*/appVersion: \"$app_version\"/" "$about"
  [[ -z $version ]] || sed -i -E "s/(\{name: [a-z]+, version: )[^,}]+/\1$version/" "$about"
done < <(find "$folder/ibid" -name Chart.yaml)
version=$(sed -n 's/^version: //p' "$folder/ibid/Chart.yaml")

helm lint --strict --quiet "$folder/ibid"
# not helm package: it puts the time of packing into the archive
mkdir -p dist
archive=dist/ibid-$version.tgz
tar --create --sort=name --format=ustar --owner=0 --group=0 --numeric-owner --mode='u=rwX,go=rX' \
  --mtime="@${SOURCE_DATE_EPOCH:-0}" --directory="$folder" ibid | gzip --no-name --best >"$archive"
helm show chart "$archive" >/dev/null
echo "$archive"
