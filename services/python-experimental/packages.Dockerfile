# What the Python server needs, on the project's own Python or upstream's: wheels that were fetched before the build,
# checked against the lock again as they are installed. Nothing is downloaded here, and pip is in no image.
ARG BASE

FROM ${BASE} AS packages
COPY downloads /downloads
COPY requirements.lock /downloads/
RUN python3 "$(echo /downloads/pip/pip-*.whl)/pip" install --quiet --no-cache-dir --no-index --no-deps --no-compile \
      --require-hashes --only-binary :all: --find-links /downloads/wheels --requirement /downloads/requirements.lock \
      --target /packages \
 && rm -rf /packages/bin \
 && python3 -m compileall -q -j 0 /packages

FROM ${BASE}
# The sandbox needs libseccomp, which Debian's apt brings along.
RUN ldconfig -p | grep -q libseccomp.so.2 \
 && groupadd --gid 10001 mcp \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin mcp
COPY --from=packages /packages /packages
ENV PYTHONPATH=/app:/packages PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
