import { overHttp, overStdio } from "../test/engine/support/mcp";
import type { TestStack } from "../test/engine/support/stack";
import { percentile, report, timed } from "./statistics";
import type { Row } from "./table";

const calls = 200;
const sessions = 20;

interface Servers {
  servers: Record<string, { http: string; stdio: string }>;
}

/** Round trips of an MCP client: a call in a session that is open, and a whole session with one call. */
export async function benchMcp(stack: TestStack): Promise<Row[]> {
  const rows: Row[] = [];
  const { servers } = JSON.parse((await stack.pulumi("stack", "output", "--json")).output) as Servers;
  for (const [name, { http, stdio }] of Object.entries(servers)) {
    const [tool, args] =
      name === "python-experimental" ? ["run_python", { code: "1" }] : ["query", { sql: "SELECT 1" }];
    const once = { http: () => overHttp(http, call), stdio: () => overStdio(stdio, call) };
    const call = (session: { call(tool: string, args: Record<string, unknown>): Promise<unknown> }) =>
      session.call(tool, args);
    for (const [way, open] of [
      ["http", overHttp.bind(undefined, http)],
      ["stdio", overStdio.bind(undefined, stdio)],
    ] as const) {
      const inSession: number[] = [];
      await open(async (session) => {
        for (let n = 0; n < calls; n += 1) inSession.push(await timed(() => call(session)));
      });
      const whole: number[] = [];
      for (let n = 0; n < sessions; n += 1) whole.push(await timed(once[way]));
      console.log(report(`${name}, ${way}, a call`, inSession));
      console.log(report(`${name}, ${way}, a session with one call`, whole));
      const goal = way === "stdio" ? { goal: { below: 500 } } : {};
      rows.push({ what: `${name}, a call over ${way}, p99`, ours: percentile(inSession, 0.99), ...goal });
    }
  }
  return rows;
}
