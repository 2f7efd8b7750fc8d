#!/bin/sh
# Postfix's smtp-source and smtp-sink, for `make bench-engine`. No mail server is started.
set -eu
PATH="$PATH:/usr/sbin"
command -v smtp-sink >/dev/null && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postfix
else
    echo "The benchmark needs smtp-source and smtp-sink: install postfix and repeat" >&2
    exit 1
fi
