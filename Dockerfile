# The image of the server, the due jobs and every command: docker build -t shs .
# Only /data and /backups are written to; the rest may be read-only, with a small /tmp in memory.

FROM python:3.13-slim-trixie AS build
WORKDIR /app
COPY requirements.txt ./
# Without the last section of the file, which only tests and developers need.
RUN sed '/^# --- Tests and lint/,$d' requirements.txt > production.txt \
    && python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir -r production.txt \
    && rm production.txt requirements.txt
COPY manage.py ./
COPY fixtures fixtures
COPY templates templates
COPY shs shs
# The settings require a key and a host; they are not used here, and not kept in the image.
RUN export SECRET_KEY=only-while-the-image-is-built-0123456789 ALLOWED_HOSTS=localhost \
    DATABASE_URL=sqlite:////tmp/none.sqlite3 STATIC_ROOT=/app/static \
    && /opt/venv/bin/python manage.py collectstatic --noinput \
    && /opt/venv/bin/python -m compileall -q shs

FROM python:3.13-slim-trixie
# pg_dump, pg_restore and psql for backups, of the same version as the server in compose.yaml or newer.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin shs \
    && mkdir -p /data/media /backups \
    && chown -R shs /data /backups
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin
ENV PYTHONUNBUFFERED=1
ENV PYTHONDONTWRITEBYTECODE=1
ENV DATABASE_URL=sqlite:////data/db.sqlite3
ENV MEDIA_ROOT=/data/media
ENV DUE_SOCKET=/data/due.sock
ENV STATIC_ROOT=/app/static
ENV PORT=8000
USER shs
VOLUME ["/data", "/backups"]
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
CMD ["python", "manage.py", "serve", "--host", "0.0.0.0"]
