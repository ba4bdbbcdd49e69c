# A server from npm on the host of servers: its packages as their lock names them, installed before the build.
ARG BASE

FROM ${BASE}
ARG PACKAGE
USER root
COPY downloads/npm /servers/node
COPY default-program.mjs /servers/
RUN node /servers/default-program.mjs npm "$PACKAGE" \
 # An empty volume that is mounted here takes this folder over, with its owner.
 && install -d -o 10001 -g 10001 /data
ENV HOSTED_COMMAND=/servers/program
USER 10001:10001
