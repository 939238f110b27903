# zendesk_sync in a container: nothing but Python, the pinned dependencies and the package; no compiler, no secret.
# How to run it, with Postgres beside it: docs/installing.md and deploy/compose.yaml.

FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
# Dependencies first: their layer is kept until a pin changes.
COPY deploy/requirements.txt deploy/requirements-build.txt deploy/
RUN python -m venv /opt/build \
    && /opt/build/bin/python -m pip install --require-hashes --only-binary :all: -r deploy/requirements-build.txt
RUN python -m venv /opt/zendesk-sync \
    && /opt/zendesk-sync/bin/python -m pip install --require-hashes --only-binary :all: -r deploy/requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY zendesk_sync zendesk_sync
COPY webhooks webhooks
# The tree is read-only when it runs, so its bytecode is made here; and it needs no pip.
RUN /opt/build/bin/hatchling build -t wheel -d /dist \
    && /opt/zendesk-sync/bin/python -m pip install --no-deps --no-index /dist/*.whl \
    && /opt/zendesk-sync/bin/python -m pip check \
    && /opt/zendesk-sync/bin/python -m compileall -q /opt/zendesk-sync/lib \
    && /opt/zendesk-sync/bin/python -m pip uninstall -q -y pip

FROM python:3.12-slim
LABEL org.opencontainers.image.title="zendesk_sync" \
      org.opencontainers.image.description="One written support priority for every Zendesk ticket" \
      org.opencontainers.image.licenses="GPL-3.0-or-later"
# A user of its own without a shell; its folder is the only place that is written, and only with a store in a file.
RUN groupadd --system --gid 65532 zendesk-sync \
    && useradd --system --uid 65532 --gid 65532 --no-create-home --home-dir /var/lib/zendesk-sync \
       --shell /usr/sbin/nologin zendesk-sync \
    && install -d -m 0755 /etc/zendesk-sync \
    && install -d -m 0700 -o 65532 -g 65532 /var/lib/zendesk-sync
COPY --from=build /opt/zendesk-sync /opt/zendesk-sync
COPY deploy/healthcheck.py /opt/zendesk-sync/healthcheck.py
ENV PATH="/opt/zendesk-sync/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ZENDESK_SYNC_CONFIG=/etc/zendesk-sync/zendesk-sync.toml
WORKDIR /var/lib/zendesk-sync
VOLUME ["/var/lib/zendesk-sync"]
USER 65532:65532
EXPOSE 8080
# What is under way is finished: hints on the disk, a job polled to its end.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "/opt/zendesk-sync/healthcheck.py"]
ENTRYPOINT ["zendesk-sync"]
CMD ["serve"]
