#!/bin/sh
# Makes the user that the container was started as at home, and runs the command. Everything here can be repeated.
set -eu

# ssh and git want a name for whoever runs them.
if ! getent passwd "$(id -u)" >/dev/null; then
  echo "dev:x:$(id -u):$(id -g):Developer:$HOME:$SHELL" >/var/lib/extrausers/passwd
  echo "dev:x:$(id -g):" >/var/lib/extrausers/group
fi

# `docker build` builds with the cluster's BuildKit.
if [ -n "${BUILDX_BUILDER:-}" ] && [ ! -e "$HOME/.docker/buildx/instances/$BUILDX_BUILDER" ]; then
  docker buildx create --name "$BUILDX_BUILDER" --driver remote --use "$BUILDKIT_HOST" >/dev/null
fi

# What a new home has; what is there stays as it is.
cp --no-clobber --recursive /etc/skel/. "$HOME"/ 2>/dev/null || true

exec "$@"
