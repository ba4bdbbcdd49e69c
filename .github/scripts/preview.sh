#!/usr/bin/env bash
# Previews a stack for a pull request: preview.sh STACK FOLDER [OPTION…]. The report goes to FOLDER/STACK.md and to the
# run's summary; the exit code is the preview's.
set -euo pipefail
cd "$(dirname "$0")/../.."
stack="$1" folder="$2"
shift 2
mkdir -p "$folder"
code=0
.github/scripts/with-state.sh node cli/start.mjs preview --stack "$stack" --output "$folder/$stack.md" "$@" || code=$?
if [ ! -e "$folder/$stack.md" ]; then
  echo "## ❌ $stack: the preview could not be made; the log of the workflow's run says why" >"$folder/$stack.md"
fi
# GitHub takes at most 1 MiB as a summary.
head -c 1000000 "$folder/$stack.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
exit "$code"
