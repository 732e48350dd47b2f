"""The proof: releases, faults and walls on a real cluster. scripts/cluster-test.sh runs it."""
