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

# Time zones by name, for CONVERT_TZ.
time_zones() {
  line 'USE mysql;'
  cat "$share/time_zones.sql"
}

# bootstrap DIRECTORY OPTION…: runs statements from its input on a data directory that no server runs on. Through a pipe: no
# password shows in a process list. The first error ends it.
bootstrap() {
  _data=$1
  shift
  # What is spooled stays in the directory, which a first start that was killed is thrown away with.
  mariadbd --bootstrap "$@" --datadir="$_data" --tmpdir="$_data" --log-warnings=0 --enforce-storage-engine= \
    --max-allowed-packet=8M --net-buffer-length=16K >/tmp/bootstrap.log 2>&1 || return
  rm -f /tmp/bootstrap.log
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

# make_database DIRECTORY OPTION…
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
  # The statement at fault is cut off the message, as it may hold a password.
  { system_tables && time_zones && accounts; } | bootstrap "$@" ||
    fail "the system tables could not be made:
$(grep -a ERROR /tmp/bootstrap.log | sed "s/ near '.*//")"
  mark_time_zones "$1"
  mariadbd --version | sed 's/.*Ver \([^ ]*\) .*/\1/' | tr -d '\n' >"$1/mariadb_upgrade_info"
}

# What the time zones of a data directory were loaded from.
mark_time_zones() { cksum <"$share/time_zones.sql" >"$1/mcp_time_zones"; }

# update_time_zones DIRECTORY OPTION…
# A volume of an older image has none, or older ones. Without them the server serves as well, but for CONVERT_TZ.
update_time_zones() {
  [ "$(cksum <"$share/time_zones.sql")" != "$(cat "$1/mcp_time_zones" 2>/dev/null)" ] || return 0
  say "loading the time zones (some 2 s)"
  if time_zones | bootstrap "$@"; then
    mark_time_zones "$1"
  else
    say "WARNING: the time zones could not be loaded: $(grep -a ERROR /tmp/bootstrap.log | head -n 1)" >&2
  fi
}

# tell_of_old_text DIRECTORY DATABASE: a volume of an older image keeps the character set that it was made with.
tell_of_old_text() {
  grep -qsx 'default-character-set=latin1' "$1/$2/db.opt" || return 0
  unicode='CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci'
  say "WARNING: text in the database $2 is latin1, which refuses most characters. Mend it as \`mariadb -u mysql\` with: \
ALTER DATABASE $(name "$2") $unicode; and for each of its tables: ALTER TABLE $(name "$2").TABLE CONVERT TO $unicode;" >&2
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
  # PID 1 has no default handlers: without this a stop during the first start would wait for the kill.
  trap 'exit 130' INT
  trap 'exit 143' TERM
  # The server's own options hold for what is made here as well: its character set is the database's.
  prepare_datadir "$datadir" mysql make_database "$@"
  update_time_zones "$datadir" "$@"
  tell_of_old_text "$datadir" "$(secret MARIADB_DATABASE)"
  make_certificate
  # A stop that comes before the server has its handlers waits for them, instead of being lost on process 1.
  set -- env --block-signal=TERM \
    mariadbd --ssl-cert=/run/mysqld/certificate.pem --ssl-key=/run/mysqld/key.pem "$@"
  unset MARIADB_ROOT_PASSWORD MARIADB_PASSWORD # not needed by the server, so not in its environment
fi
exec "$@"
