# A server from PyPI on the host of servers: wheels that were fetched before the build, checked against their lock again as
# they are installed. Nothing is downloaded here, and pip is not left in the image.
ARG BASE

FROM ${BASE} AS packages
USER root
COPY downloads /downloads
COPY requirements.lock /downloads/
RUN python3 "$(echo /downloads/pip/pip-*.whl)/pip" install --quiet --no-cache-dir --no-index --no-deps --no-compile \
      --require-hashes --only-binary :all: --find-links /downloads/wheels --requirement /downloads/requirements.lock \
      --target /packages \
 && python3 -m compileall -q -j 0 /packages

FROM ${BASE}
ARG PACKAGE
USER root
COPY --from=packages /packages /servers/python
COPY default-program.mjs /servers/
RUN node /servers/default-program.mjs pypi "$PACKAGE" \
 # An empty volume that is mounted here takes this folder over, with its owner.
 && install -d -o 10001 -g 10001 /data
ENV HOSTED_COMMAND=/servers/program
USER 10001:10001
