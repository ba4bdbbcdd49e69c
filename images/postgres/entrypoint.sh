#!/bin/sh
# Starts PostgreSQL, first making its database where there is none. Takes upstream's environment:
# POSTGRES_PASSWORD, POSTGRES_USER, POSTGRES_DB, POSTGRES_INITDB_ARGS, each of the first three also as NAME_FILE.
set -eu
. /usr/local/lib/mcp/datadir.sh

# No server runs meanwhile, not even a temporary one: a probe cannot pass before everything is in place.
make_database() {
  password=$(secret POSTGRES_PASSWORD)
  user=$(secret POSTGRES_USER)
  database=$(secret POSTGRES_DB)
  user=${user:-postgres} database=${database:-${user:-postgres}}
  [ -n "$password" ] || fail "POSTGRES_PASSWORD is not set; a database open to all is not made"

  say "making the database cluster (some 2 s)"
  # Built-in printf and a pipe: the password shows in no process list. The eval lets quoted arguments through.
  printf '%s\n' "$password" |
    eval 'initdb --pgdata="$1" --username="$user" --pwfile=/dev/stdin --no-sync --no-instructions '"${POSTGRES_INITDB_ARGS-}" >/tmp/init.log 2>&1 ||
    fail "initdb: $(cat /tmp/init.log)"
  # initdb gives loopback and the socket trust; all others need the password.
  printf '\nhost all all all scram-sha-256\n' >>"$1/pg_hba.conf"
  printf "listen_addresses = '*'\nunix_socket_directories = '/var/run/postgresql'\n" >>"$1/postgresql.conf"

  if [ "$database" != postgres ]; then
    quoted=$(printf '%s' "$database" | sed 's/"/""/g')
    # Single-user mode reads statements and reports errors only in its log, with exit code 0: look at both.
    printf 'CREATE DATABASE "%s";\n' "$quoted" | postgres --single -j -D "$1" postgres >/tmp/init.log 2>&1 &&
      ! grep -q 'ERROR:' /tmp/init.log || fail "the database $database could not be made: $(cat /tmp/init.log)"
  fi
  rm -f /tmp/init.log
}

case "${1-}" in -*) set -- postgres "$@" ;; esac

if [ "${1-}" = postgres ]; then
  # PID 1 has no default handlers: without this a stop during the first minute would wait for the kill.
  trap 'exit 130' INT
  trap 'exit 143' TERM
  prepare_datadir "$PGDATA" PG_VERSION make_database
  chmod 700 "$PGDATA" # what the server insists on
  unset POSTGRES_PASSWORD # not needed by the server, so not in its environment
  # A stop that comes before the server has its handlers waits for them, instead of being lost on process 1.
  set -- env --block-signal=INT,TERM,QUIT "$@"
fi
exec "$@"
