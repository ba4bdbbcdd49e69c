import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSettings } from "../../../config/settings";
import { serverUsers, usersScript } from "../../../export/compose/database-users";
import { dialects } from "../../../provider/sql/dialects";
import { buildTopology } from "../../../topology";

const values = { "mcp:system": "devcontainer", "mcp:tiers": "2" };
const settings = parseSettings({ stack: "dev", values, isSecret: () => false });
const servers = [...serverUsers(buildTopology("dev", settings, "build")).values()];

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "users-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a script with clients that only note what they are given. */
function run(script: string, password: string) {
  for (const client of ["psql", "mariadb"]) {
    writeFileSync(
      join(folder, client),
      `#!/bin/sh\necho "$0 $*" >>${folder}/arguments\ncat >>${folder}/statements\n`,
    );
    chmodSync(join(folder, client), 0o755);
  }
  writeFileSync(join(folder, "script.sh"), script);
  const variables = ["POSTGRES_MCP_PASSWORD", "MARIADB_MCP_PASSWORD", "PYTHON_EXPERIMENTAL_PASSWORD"];
  const env = {
    PATH: `${folder}:${process.env.PATH}`,
    ...Object.fromEntries(variables.map((variable) => [variable, `${password}${variable.length}`])),
  };
  return spawnSync("sh", [join(folder, "script.sh")], { env, encoding: "utf8" });
}

describe.each(servers)("the script that makes the users of $server.name", (server) => {
  it("runs the statements that the Pulumi program runs, with the passwords of .env", () => {
    expect(run(usersScript(server), "secret")).toMatchObject({ status: 0, stderr: "" });
    const expected = server.users.map((user) => {
      const variable = user.password.secret.replaceAll("-", "_").toUpperCase();
      return dialects[server.kind].grant({ ...user, password: `secret${variable.length}` }).trim();
    });
    const words = (text: string) => text.split(/\s+/).filter(Boolean);
    expect(words(readFileSync(join(folder, "statements"), "utf8"))).toEqual(words(expected.join("\n")));
  });

  it("shows no password in an argument", () => {
    run(usersScript(server), "secret");
    expect(readFileSync(join(folder, "arguments"), "utf8")).not.toContain("secret");
  });

  it("refuses a password that the statements could not hold, before it runs any", () => {
    const { status, stderr } = run(usersScript(server), "it's");
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/letters, digits/) as string,
    });
    expect(() => readFileSync(join(folder, "statements"))).toThrow(/ENOENT/);
  });
});
