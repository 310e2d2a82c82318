# syntax=docker/dockerfile:1
# The desk and the clock: docker build -t reconciler . && docker run -p 8080:8080 -e RECONCILER_DATABASE_URL=... reconciler
# The program finds sql/ and templates/ beside its package, so it is installed in place, in /app.

FROM python:3.11-slim AS builder
WORKDIR /app
RUN python -m venv .venv
COPY requirements.lock ./
# setuptools first, from the lock: the one package without a wheel is built by it and nothing comes in unchecked.
RUN awk '/^[^ ]/ { keep = /^setuptools==/ } keep' requirements.lock > setuptools.lock \
    && .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement setuptools.lock \
    && .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-build-isolation --requirement requirements.lock
COPY pyproject.toml requirements.in README.md ./
COPY couriers couriers
COPY reconciler reconciler
COPY sql sql
COPY templates templates
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-build-isolation --no-deps --editable . \
    && .venv/bin/python -m compileall -q couriers reconciler

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/reconciler --create-home --shell /usr/sbin/nologin reconciler
WORKDIR /app
COPY --from=builder /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    RECONCILER_DATA=/var/lib/reconciler
USER reconciler
VOLUME /var/lib/reconciler
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
CMD ["reconciler", "serve", "--host", "0.0.0.0"]
