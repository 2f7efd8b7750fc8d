#!/bin/sh
# asl-validator, which the state machine is held against; without Node.js cfn-lint alone reads it.
set -eu
command -v npm >/dev/null || { echo "Without npm: asl-validator is left out" >&2; exit 0; }
npm ci --silent --no-audit --no-fund --prefix requirements/states
