# Talanoa in a container. docs/handbook/administrator.md says how to run it.
#   docker build -t talanoa .

FROM python:3.12-slim AS made
WORKDIR /src
RUN python -m venv /opt/talanoa
# First what seldom changes: this layer stays while the lock file does.
COPY requirements/server.lock requirements/server.lock
RUN /opt/talanoa/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/server.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/talanoa/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . \
 && /opt/talanoa/bin/python -m compileall -q /opt/talanoa/lib

FROM python:3.12-slim
LABEL org.opencontainers.image.title="Talanoa" \
      org.opencontainers.image.description="Facilitated, e-mail-first communities of practice" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 talanoa \
 && useradd --uid 10001 --gid talanoa --home-dir /var/lib/talanoa --no-create-home --shell /usr/sbin/nologin talanoa \
 && install -d -o talanoa -g talanoa -m 0700 /var/lib/talanoa
COPY --from=made /opt/talanoa /opt/talanoa
# Inside a container the doors must listen on its own address; what reaches them is the network's business.
ENV PATH=/opt/talanoa/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    TALANOA_HOME=/var/lib/talanoa \
    TALANOA_HTTP=0.0.0.0:8000 \
    TALANOA_LMTP=0.0.0.0:8024
USER talanoa
WORKDIR /var/lib/talanoa
VOLUME /var/lib/talanoa
EXPOSE 8000 8024
# For a container that runs `lmtp` or `worker` alone, turn this check off: there are no pages to ask.
HEALTHCHECK --start-period=30s --interval=30s --timeout=5s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# SIGTERM is answered within 30 seconds: give it 45 before anything harder.
STOPSIGNAL SIGTERM
ENTRYPOINT ["talanoa"]
CMD ["serve"]
