#!/bin/sh
# nodemailer, a contender of `make bench-engine`; without Node.js it is left out.
set -eu
command -v npm >/dev/null || { echo "Without npm: nodemailer is left out" >&2; exit 0; }
[ -d bench/nodemailer/node_modules ] || npm ci --silent --no-audit --no-fund --prefix bench/nodemailer
