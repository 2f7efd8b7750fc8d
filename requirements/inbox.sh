#!/bin/sh
# Spam filters for `make bench-inbox`. No daemon is started.
set -eu
command -v spamassassin >/dev/null && command -v rspamd >/dev/null && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        spamassassin rspamd
else
    echo "The benchmark needs spamassassin and rspamd: install them and repeat" >&2
    exit 1
fi
