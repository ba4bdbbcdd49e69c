#!/bin/sh
# Starts MariaDB, first making its system tables where there are none. Takes upstream's environment:
# MARIADB_ROOT_PASSWORD, MARIADB_ROOT_HOST, MARIADB_DATABASE, MARIADB_USER, MARIADB_PASSWORD (each also as NAME_FILE),
# MARIADB_MYSQL_LOCALHOST_USER, MARIADB_MYSQL_LOCALHOST_GRANTS.
set -eu
. /usr/local/lib/mcp/datadir.sh

datadir=/var/lib/mysql
share=/opt/mariadb/share

line() { printf '%s\n' "$*"; } # as it is; echo would take a backslash for more

# As SQL: a text or a name with what would end it escaped.
text() { printf "'%s'" "$(printf '%s' "$1" | sed "s/\\\\/\\\\\\\\/g; s/'/''/g")"; }
name() { printf '`%s`' "$(printf '%s' "$1" | sed 's/`/``/g')"; }

# Bootstrap mode takes one statement a line. The system tables are as upstream's installer makes them, without its root
# accounts for the name of the machine they are made on.
system_tables() {
  line 'CREATE DATABASE IF NOT EXISTS mysql;'
  line 'USE mysql;'
  line 'SET @auth_root_socket = NULL;'
  cat "$share/mariadb_system_tables.sql" "$share/mariadb_performance_tables.sql" \
    "$share/mariadb_system_tables_data.sql" "$share/fill_help_tables.sql" \
    "$share/maria_add_gis_sp_bootstrap.sql" "$share/mariadb_sys_schema.sql"
  line "DELETE FROM mysql.global_priv WHERE User = 'root' AND Host <> 'localhost';"
  line "DELETE FROM mysql.proxies_priv WHERE User = 'root' AND Host <> 'localhost';"
}

accounts() {
  line 'FLUSH PRIVILEGES;' # until then bootstrap mode runs without the grant tables
  line "ALTER USER root@localhost IDENTIFIED BY $(text "$root_password");"
  if [ "$root_host" != localhost ]; then
    line "CREATE USER root@$(text "$root_host") IDENTIFIED BY $(text "$root_password");"
    line "GRANT ALL ON *.* TO root@$(text "$root_host") WITH GRANT OPTION;"
  fi
  [ -z "$database" ] || line "CREATE DATABASE IF NOT EXISTS $(name "$database");"
  if [ -n "$user" ]; then
    line "CREATE USER $(text "$user")@'%' IDENTIFIED BY $(text "$user_password");"
    # In a grant an underscore in a database's name is a wildcard.
    pattern=$(printf '%s' "$database" | sed 's/_/\\_/g')
    [ -z "$database" ] || line "GRANT ALL ON $(name "$pattern").* TO $(text "$user")@'%';"
  fi
  if [ -n "${MARIADB_MYSQL_LOCALHOST_USER-}" ]; then
    line 'CREATE USER mysql@localhost IDENTIFIED VIA unix_socket;'
    grants=${MARIADB_MYSQL_LOCALHOST_GRANTS-}
    [ -z "$grants" ] || line "GRANT $grants ON *.* TO mysql@localhost;"
  fi
}

# No server runs meanwhile, not even a temporary one: a probe cannot pass before everything is in place.
make_database() {
  root_password=$(secret MARIADB_ROOT_PASSWORD)
  root_host=$(secret MARIADB_ROOT_HOST)
  root_host=${root_host:-%}
  database=$(secret MARIADB_DATABASE)
  user=$(secret MARIADB_USER)
  user_password=$(secret MARIADB_PASSWORD)
  [ -n "$root_password" ] || fail "MARIADB_ROOT_PASSWORD is not set; a database open to all is not made"
  [ -z "$user" ] || [ -n "$user_password" ] || fail "MARIADB_USER is set without MARIADB_PASSWORD"

  say "making the system tables (some 3 s)"
  # Through a pipe: no password shows in a process list. The first error ends it; the statement at fault is cut off
  # its message, as it may hold a password.
  { system_tables && accounts; } |
    mariadbd --bootstrap --datadir="$1" --log-warnings=0 --enforce-storage-engine= \
      --max-allowed-packet=8M --net-buffer-length=16K >/tmp/bootstrap.log 2>&1 ||
    fail "the system tables could not be made:
$(grep -a ERROR /tmp/bootstrap.log | sed "s/ near '.*//")"
  rm -f /tmp/bootstrap.log
  mariadbd --version | sed 's/.*Ver \([^ ]*\) .*/\1/' | tr -d '\n' >"$1/mariadb_upgrade_info"
}

# The server would make itself a certificate at every start, for which this build of it needs up to 20 s. So it gets one
# of another kind, made in no time; as with its own, clients that know a password can trust it.
make_certificate() {
  (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj "/CN=MariaDB" -keyout /run/mysqld/key.pem -out /run/mysqld/certificate.pem 2>/tmp/certificate.log) ||
    fail "no certificate could be made: $(cat /tmp/certificate.log)"
}

case "${1-}" in -*) set -- mariadbd "$@" ;; esac

if [ "${1-}" = mariadbd ] || [ "${1-}" = mysqld ]; then
  shift
  set -- mariadbd --ssl-cert=/run/mysqld/certificate.pem --ssl-key=/run/mysqld/key.pem "$@"
  # PID 1 has no default handlers: without this a stop during the first start would wait for the kill.
  trap 'exit 130' INT
  trap 'exit 143' TERM
  prepare_datadir "$datadir" mysql make_database
  make_certificate
  unset MARIADB_ROOT_PASSWORD MARIADB_PASSWORD # not needed by the server, so not in its environment
fi
exec "$@"
