#!/usr/bin/env bash
# Prints how large the images are, uncompressed and with their base, and fails above the bounds.
#   image-sizes.sh [TAG]    dev
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
names=(ibid-api ibid-web ibid-orchestrator)
docker save "${names[@]/%/:${1:-dev}}" |
  python3 images/sizes.py ibid-api=400 ibid-web=600 ibid-orchestrator=650 all=1200
