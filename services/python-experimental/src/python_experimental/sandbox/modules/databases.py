"""
The cluster's databases, for code that clients send:

    from databases import postgres, mariadb

    with postgres() as connection:
        print(connection.execute("SELECT version()").fetchone())
"""

import os


def postgres(**options):
    """A psycopg connection to PostgreSQL. `psycopg.connect()` gives the same."""
    import psycopg

    return psycopg.connect(**options)


def mariadb(**options):
    """A PyMySQL connection to MariaDB."""
    import pymysql

    return pymysql.connect(
        unix_socket=os.environ["MARIADB_SOCKET"],
        user=os.environ["MARIADB_USER"],
        password=os.environ["MARIADB_PASSWORD"],
        database=os.environ["MARIADB_DATABASE"],
        **options,
    )
