#!/bin/sh
# Writes .env for a new server, with keys of its own: sh shs/deploy/make-env.sh shs.example.org
# Makes a certificate for a first look where there is none; browsers warn of it until a real one is in its place.
set -eu

host=${1:?Say under which host name the site is reached: sh shs/deploy/make-env.sh shs.example.org}
cd "$(dirname "$0")"
umask 077
if [ -e ../../.env ]; then
    echo "There is a .env already: its keys are needed to read what is stored. Nothing was changed." >&2
    exit 1
fi

key() { head -c 48 /dev/urandom | base64 | tr -d '\n=' | tr '+/' '-_'; }

cat > ../../.env <<END
# Written by shs/deploy/make-env.sh for $host. What else can be set stands in .env.example.
# Keep a copy of this file elsewhere: without SECRET_KEY everybody has to log in anew and loses their backup codes,
# without BACKUP_KEY no backup can be read, and without AUDIT_KEYS the seals of the read log cannot be checked.
SECRET_KEY=$(key)
BACKUP_KEY=$(key)
AUDIT_KEYS=$(date +%Y):$(key)
POSTGRES_PASSWORD=$(key)
ALLOWED_HOSTS=$host
FRONTEND_URL=https://$host
DEFAULT_FROM_EMAIL=no-reply@$host
EMAIL_HOST=localhost
EMAIL_PORT=25
EMAIL_USE_TLS=off
END
echo "Wrote .env. Set the mail server in it (EMAIL_HOST and the lines after it)."

if [ ! -e certificates/fullchain.pem ]; then
    mkdir -p certificates
    openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj "/CN=$host" -addext "subjectAltName=DNS:$host" \
        -keyout certificates/privkey.pem -out certificates/fullchain.pem 2>/dev/null
    echo "Made a certificate for a first look: put the real one into shs/deploy/certificates."
fi
