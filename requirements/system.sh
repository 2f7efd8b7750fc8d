#!/bin/sh
# What the tests need beside Python packages: Chromium and Korean fonts for the pages,
# libfaketime for clocks that jump, SpamAssassin for an opinion of the mails, Perl's Mail::DKIM
# for a second opinion on their signatures, Dovecot for bounce mailboxes, poppler to read what
# is printed.
# PostgreSQL comes as a wheel. Installed only where it is missing and may be installed.
set -eu

missing=
command -v chromium >/dev/null || missing="$missing chromium"
fc-list 2>/dev/null | grep -qi 'cjk\|nanum' || missing="$missing fonts-noto-cjk"
command -v faketime >/dev/null || missing="$missing faketime"
command -v spamassassin >/dev/null || missing="$missing spamassassin"
perl -MMail::DKIM -e 1 2>/dev/null || missing="$missing libmail-dkim-perl"
command -v pdftotext >/dev/null || missing="$missing poppler-utils"
[ -x /usr/lib/dovecot/imap ] || missing="$missing dovecot-imapd"
[ -x /usr/lib/dovecot/pop3 ] || missing="$missing dovecot-pop3d"
[ -z "$missing" ] && exit 0

if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    # shellcheck disable=SC2086
    # In runlevel 1 no package starts a server of its own.
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
else
    echo "The tests need:$missing (install it and repeat)" >&2
    exit 1
fi
