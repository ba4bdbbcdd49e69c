# What a developer finds in the devcontainer, all from Debian 13. There is no engine in it and no way to become root:
# `docker` is here for buildx, which builds with the cluster's own BuildKit.
ARG BASE

FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      bash bash-completion ca-certificates curl docker-buildx docker-cli git jq less libnss-extrausers \
      mariadb-client-core openssh-client patch postgresql-client procps python3 python3-pip python3-venv \
      ripgrep tree unzip vim-tiny xz-utils \
 && rm -rf /var/lib/apt/lists/* /var/log/* /var/cache/debconf/*-old
