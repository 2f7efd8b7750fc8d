#!/bin/sh
# Puts Pabal, from the checkout that this file is in, onto a host with systemd, for Debian 12 or newer
# and Ubuntu 22.04 or newer. Run it as root, again for every update:
#
#     sh deploy/server/install.sh            pages and worker
#     sh deploy/server/install.sh worker     a further host that only sends
#
# What it may not know, /etc/pabal/env says: the first run writes one to be filled in, and ends.
# INTO names another root, for trials: nothing is started there.
set -eu

role=${1:-all}
into=${INTO:-}
here=$(cd "$(dirname "$0")/../.." && pwd)
etc=$into/etc/pabal opt=$into/opt/pabal home=$into/var/lib/pabal units=$into/etc/systemd/system

mkdir -p "$etc" "$home" "$units" "$(dirname "$opt")"
if [ ! -e "$etc/env" ]; then
	umask 077
	sed "s|^PABAL_HOME=.*|PABAL_HOME=$home|" "$here/deploy/server/env.example" > "$etc/env"
	echo "Fill in $etc/env, then run this again." >&2
	exit 3
fi

[ -x "$opt/bin/python" ] || python3 -m venv "$opt"
"$opt/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
	-r "$here/requirements/run.txt" -r "$here/requirements/setup.txt"
if grep -q '^PABAL_\(TRANSPORT=ses\|PIPELINE=aws\)' "$etc/env"; then
	"$opt/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r "$here/requirements/lambda.txt"
fi
"$opt/bin/pybabel" --quiet compile --domain django --directory "$here/src/pabal/locale"
"$opt/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-index \
	--no-build-isolation --force-reinstall "$here"

cp "$here/deploy/server/pabal-worker.service" "$units/"
[ "$role" = worker ] || cp "$here/deploy/server/pabal-serve.service" "$units/"
[ -z "$into" ] || exit 0

id pabal >/dev/null 2>&1 || useradd --system --home-dir "$home" --shell /usr/sbin/nologin pabal
chown -R pabal: "$home"
chown root:pabal "$etc/env" && chmod 640 "$etc/env"
# Updates the database as well: before the new pages and workers are started.
systemd-run --quiet --pipe --wait --uid=pabal --property=EnvironmentFile=/etc/pabal/env \
	--working-directory=/var/lib/pabal /opt/pabal/bin/pabal init
systemctl daemon-reload
[ "$role" = worker ] || systemctl enable --quiet pabal-serve
systemctl enable --quiet pabal-worker
[ "$role" = worker ] || systemctl restart pabal-serve
systemctl restart pabal-worker
if [ "$role" != worker ] && [ -d /etc/caddy ]; then
	cp "$here/deploy/server/Caddyfile" /etc/caddy/Caddyfile
	mkdir -p /etc/systemd/system/caddy.service.d
	host=$(sed -n 's|^PABAL_BASE_URL=https://\([^/]*\).*|\1|p' /etc/pabal/env)
	printf '[Service]\nEnvironment=PABAL_HOST=%s\n' "$host" > /etc/systemd/system/caddy.service.d/pabal.conf
	systemctl daemon-reload
	systemctl restart caddy
fi
