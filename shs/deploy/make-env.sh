#!/bin/sh
# Writes .env with new keys for a server: sh shs/deploy/make-env.sh shs.example.org
# If there is no certificate, a self-signed one is made; browsers warn of it until it is replaced.
set -eu

host=${1:?Say under which host name the site is reached: sh shs/deploy/make-env.sh shs.example.org}
cd "$(dirname "$0")"
umask 077
if [ -e ../../.env ]; then
    echo "There is a .env already: its keys are needed to read stored data. Nothing was changed." >&2
    exit 1
fi

key() { head -c 48 /dev/urandom | base64 | tr -d '\n=' | tr '+/' '-_'; }

cat > ../../.env <<END
# Written by shs/deploy/make-env.sh for $host. All settings are listed in .env.example.
# Keep a copy of this file elsewhere: without SECRET_KEY everybody has to log in again and loses their backup codes,
# without BACKUP_KEY no backup can be read, and without AUDIT_KEYS the seals of the read log cannot be checked.
SECRET_KEY=$(key)
BACKUP_KEY=$(key)
AUDIT_KEYS=$(date +%Y):$(key)
POSTGRES_PASSWORD=$(key)
ALLOWED_HOSTS=$host
SITE_URL=https://$host
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
    echo "Made a self-signed certificate for testing: put the real one into shs/deploy/certificates."
fi
