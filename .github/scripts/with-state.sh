#!/usr/bin/env bash
# Runs a command with the variables that lead to the stacks' state: with-state.sh COMMAND [ARGUMENT…]. A workflow hands over
# a variable or secret that a repository does not have as an empty one, which Pulumi would take for a choice of it.
set -euo pipefail
for name in PULUMI_BACKEND_URL PULUMI_ACCESS_TOKEN PULUMI_CONFIG_PASSPHRASE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; do
  if [ -z "${!name-}" ]; then unset "$name"; fi
done
exec "$@"
