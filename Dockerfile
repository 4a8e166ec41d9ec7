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

FROM python:3.11-slim
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
