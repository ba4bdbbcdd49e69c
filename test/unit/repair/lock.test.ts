import { hostname } from "node:os";
import { partLocks, readLocks } from "../../../cli/repair/lock";

const message = [
  "error: could not create stack: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end",
  "  s3://bucket/.pulumi/locks/organization/mcp/dev/1.json: created by ci@runner-7 (pid 42) at 2026-01-02T03:04:05Z",
  "  postgres://****:****@db/.pulumi/locks/organization/mcp/dev/2.json: created by ann lee@desk (pid 7) at 2026-01-02T03:04:06+01:00",
];
const lock = (host: string, pid: number) => ({
  pid,
  hostname: host,
  username: "ann",
  timestamp: "2026-01-02T03:04:05Z",
});

describe("a stack's locks", () => {
  it("are read from Pulumi's message, whatever backend keeps them", () => {
    expect(readLocks(message)).toEqual([
      { pid: 42, hostname: "runner-7", username: "ci", timestamp: "2026-01-02T03:04:05Z" },
      { pid: 7, hostname: "desk", username: "ann lee", timestamp: "2026-01-02T03:04:06+01:00" },
    ]);
    expect(readLocks(["error: stack 'organization/mcp/dev' already exists"])).toEqual([]);
  });

  it("of this machine are stale when their process is gone, or is no Pulumi any more", () => {
    const nobody = lock(hostname(), 2 ** 22 + 1);
    const somebodyElse = lock(hostname(), process.pid);
    expect(partLocks([nobody, somebodyElse], [])).toEqual({ alive: [], stale: [nobody, somebodyElse] });
  });

  it("of another machine count as alive until somebody says that just this one has ended", () => {
    const one = lock("runner-7", 42);
    const other = lock("runner-7", 43);
    expect(partLocks([one, other], [])).toEqual({ alive: [one, other], stale: [] });
    expect(partLocks([one, other], ["42@runner-7"])).toEqual({ alive: [other], stale: [one] });
  });
});
