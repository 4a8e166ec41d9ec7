# The service and its command line. REQUIREMENTS=train adds PyTorch, for `tastegraph train` in a container (large).
FROM python:3.11-slim AS build
ARG REQUIREMENTS=serve
WORKDIR /src
RUN python -m venv /opt/tastegraph
COPY requirements requirements
RUN /opt/tastegraph/bin/pip install --no-cache-dir --require-hashes -r requirements/bootstrap.txt \
    && VIRTUAL_ENV=/opt/tastegraph /opt/tastegraph/bin/uv pip install --no-cache --require-hashes -r "requirements/${REQUIREMENTS}.txt"
COPY . .
RUN VIRTUAL_ENV=/opt/tastegraph /opt/tastegraph/bin/uv pip install --no-cache --no-deps .

FROM python:3.11-slim AS service
RUN useradd --create-home --uid 10001 tastegraph && install -d -o tastegraph -g tastegraph /data
COPY --from=build /opt/tastegraph /opt/tastegraph
ENV PATH=/opt/tastegraph/bin:$PATH PYTHONUNBUFFERED=1 TASTEGRAPH_DATA=/data
USER tastegraph
WORKDIR /home/tastegraph
# Compiled once here rather than at the first start of every container.
RUN tastegraph warm
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
ENTRYPOINT ["tastegraph"]
CMD ["serve", "--host", "0.0.0.0"]

# A second Neo4j that analysts may only read: `docker compose --profile replica up -d`. See docs/guides/replica.md.
FROM service AS replica
COPY --from=neo4j:2026.08.1 /var/lib/neo4j /opt/neo4j
COPY --from=eclipse-temurin:21-jre /opt/java/openjdk /opt/java
ENV JAVA_HOME=/opt/java
USER root
RUN cd /opt/neo4j && rm -rf data logs run plugins && mkdir data logs run plugins && chown -R tastegraph:tastegraph .
USER tastegraph
VOLUME /opt/neo4j/data
EXPOSE 7475 7688
HEALTHCHECK --interval=10s --timeout=5s --start-period=10m --retries=6 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7475', timeout=4)"]
CMD ["neo4j", "replica", "/opt/neo4j", "--stay"]

FROM service
