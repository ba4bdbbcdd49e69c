#!/usr/bin/env bash
# Builds the Pulumi CLI, its Node.js language host and the Docker and random plugins: build.sh OUTDIR
# For hosts that reach a Go module proxy and not Pulumi's downloads. With warm Go caches it uses no network.
set -euo pipefail

main() {
  [ $# -eq 1 ] || fail "usage: $0 OUTDIR, the folder to make or to replace"
  command -v go >/dev/null || fail "go is not on the PATH: install Go 1.25.11 or later, or use Pulumi's own downloads"
  mkdir -p "$(dirname "$1")"
  out="$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
  [ ! -e "$out" ] || [ -x "$out/pulumi" ] || fail "$out is there and holds no pulumi: give a new folder, or remove it"
  cd "$(dirname "${BASH_SOURCE[0]}")"

  # The Go at hand rather than one to download, and nothing that asks for a C compiler.
  export GOTOOLCHAIN=local GOWORK=off CGO_ENABLED=0
  # The compiler collects garbage only beyond this much: it takes a tenth less time, and ends before it is there.
  export GOGC=off GOMEMLIMIT=1GiB
  # Beside the target, so that the last step is a mere rename.
  work=$(mktemp -d "$out.XXXXXX")
  trap finish EXIT

  step "leaving out what nothing here uses" "5 seconds" trim
  step "downloading modules" "half a minute" download
  step "compiling" "4 minutes" compile
  step "arranging plugins" "no time" arrange
  step "moving into place" "no time" replace
  doing=
  echo "toolchain: done; put $out on the PATH, and see toolchain/README.md for running without warnings"
}

fail() {
  echo "toolchain: $1" >&2
  exit 1
}

# finish leaves nothing half done behind, and says which step it was that failed.
finish() {
  rm -rf "$work"
  [ -z "$doing" ] || fail "$doing failed; the lines above say why. A further run goes on where this one stopped."
}

# step WHAT EXPECTED COMMAND: runs the command between lines that say what it is and how long it takes.
step() {
  local start=$SECONDS
  doing=$1
  echo "toolchain: $1, about $2 on 2 cores with empty caches"
  "$3"
  echo "toolchain: $1 took $((SECONDS - start)) s"
}

readonly pulumi=github.com/pulumi/pulumi
readonly programs=("$pulumi/pkg/v3/cmd/pulumi" ./pulumi-language-nodejs ./pulumi-resource-docker ./pulumi-resource-random)

# One set of flags for all that is compiled, this and the images' programs (imaging/fetch/go.ts), so that what they share is compiled
# once. Left out for speed: debug information, VCS stamps, and inlining in large clients, which hardly ever run here.
flags=(-trimpath -buildvcs=false -pgo=off -gcflags=all=-dwarf=false)
for client in github.com/{aws,Azure,envoyproxy,pb33f}; do
  flags+=("-gcflags=$client/...=-dwarf=false -l")
done
readonly flags

# Puts changed copies of some modules beside the target, and a go.mod that takes them.
trim() {
  mkdir "$work/modules"
  go run "${flags[@]}" ./trim "$work/modules"
}

# Listing the packages fetches just the modules they lie in. The loader takes GOMAXPROCS of them at a time.
download() {
  GOMAXPROCS=16 go list "-modfile=$work/modules/go.mod" -tags no_compose -deps "${programs[@]}" 2>&1 >"$work/packages" | progress
  packages=$(wc -l <"$work/packages")
  rm "$work/packages"
}

# One command for all, so that what they share is compiled once.
compile() {
  local version
  version=$(go list -m -f '{{.Version}}' "$pulumi/pkg/v3")
  go build -v -o "$work/" "-modfile=$work/modules/go.mod" -tags no_compose "${flags[@]}" \
    -ldflags "-s -w -X $pulumi/sdk/v3/go/common/version.Version=${version#v}" "${programs[@]}" 2>&1 | progress
}

# progress counts downloads and the package names of `go build -v`, and lets everything else through.
progress() {
  local line modules=0 compiled=0
  while IFS= read -r line; do
    case $line in
      "go: downloading "*)
        modules=$((modules + 1))
        ((modules % 100)) || echo "toolchain: downloading module $modules after $SECONDS s" ;;
      *[!A-Za-z0-9./_~-]*)
        echo "$line" >&2 ;;
      *)
        compiled=$((compiled + 1))
        ((compiled % 250)) || echo "toolchain: compiled $compiled of at most $packages packages after $SECONDS s" ;;
    esac
  done
}

# Lays the resource plugins out as in $PULUMI_HOME/plugins, where the engine takes them without a warning.
arrange() {
  local plugin name version
  rm -r "$work/modules"
  cp launchers/* "$work/"
  for plugin in "$work"/pulumi-resource-{docker,random}; do
    name=${plugin##*/pulumi-}
    version=$("$plugin" -version)
    mkdir -p "$work/plugins/$name-v$version"
    ln "$plugin" "$work/plugins/$name-v$version/"
  done
  chmod -R a+rX "$work"
}

# Whoever runs the old files keeps them until it ends.
replace() {
  if [ -e "$out" ]; then
    mv "$out" "$work.old"
  fi
  mv "$work" "$out"
  rm -rf "$work.old"
}

main "$@"
exit # a script that is edited while it runs is not read any further
