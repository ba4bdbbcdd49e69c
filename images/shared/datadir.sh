# A data directory is either complete or not there; sourced by the databases' entry points.
#
# The directory is a mount, so it cannot be renamed into place as a whole. Hence two steps: the database is made in
# `.init`; when it is whole and on disk, one rename to `.ready` decides that it is valid. Then its entries move up, the
# one that marks a data directory last. Whatever moment a kill hits, the next start goes on from what it finds:
#   .ready there        the moves go on
#   the mark there      it is complete, and nothing here touches it
#   only .init there    it is half made: thrown away, made again
#   anything else       someone's files: refused, nothing is deleted

# prepare_datadir DIRECTORY MARK FUNCTION ARGUMENT…: calls FUNCTION with the directory to make the database in, if one is
# needed, and the arguments.
prepare_datadir() {
  _dir=$1 _mark=$2 _make=$3
  shift 3
  [ -w "$_dir" ] || fail "$_dir is not writable for user $(id -u); give the volume to it: chown $(id -u):$(id -g)"

  if [ ! -e "$_dir/.ready" ] && [ ! -e "$_dir/$_mark" ]; then
    _foreign=$(ls -A "$_dir" | grep -vxE '\.init|lost\+found' | head -n 3 | tr '\n' ' ')
    [ -z "$_foreign" ] || fail "$_dir holds files that are no complete database ($_foreign); not touched. Empty it or use another volume"
    rm -rf "$_dir/.init"
    mkdir -m 700 "$_dir/.init"
    "$_make" "$_dir/.init" "$@"
    sync -f "$_dir" # all of it is on disk before it is declared valid
    mv -T "$_dir/.init" "$_dir/.ready"
    sync -f "$_dir"
    say "the database is made"
  fi

  if [ -e "$_dir/.ready" ]; then
    for _entry in $(ls -A "$_dir/.ready" | grep -vxF "$_mark"); do
      mv -T "$_dir/.ready/$_entry" "$_dir/$_entry"
    done
    [ ! -e "$_dir/.ready/$_mark" ] || mv -T "$_dir/.ready/$_mark" "$_dir/$_mark"
    rmdir "$_dir/.ready"
  fi
}

# secret NAME: NAME's value, or what the file named by NAME_FILE holds. Upstream's rule: not both.
secret() {
  eval "_value=\${$1-} _file=\${$1_FILE-}"
  [ -z "$_value" ] || [ -z "$_file" ] || fail "$1 and $1_FILE are both set; set one"
  if [ -n "$_file" ]; then _value=$(cat "$_file") || fail "$1_FILE names a file that cannot be read: $_file"; fi
  printf '%s' "$_value"
}

say() { printf '%s [entrypoint]: %s\n' "$(date -u '+%Y-%m-%d %H:%M:%S')" "$*"; }

fail() {
  say "ERROR: $*" >&2
  exit 1
}
