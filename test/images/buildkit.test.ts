import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { docker } from "../../engine/docker";
import { inspect } from "../../engine/inspect";
import { ensureImage } from "../../imaging";
import { buildkit, buildkitSocketVolume } from "../../topology/build-tools";
import { buildkitClients } from "../../topology/buildkit-daemon";
import { TemplateContainer, testLabel } from "./template-container";

/** A step of a build, as BuildKit's own progress tells of it. */
interface Step {
  digest: string;
  name: string;
  started?: string;
  completed?: string;
  cached?: boolean;
}

interface BuildOptions {
  arguments?: Record<string, string>;
  /** Where the result goes, in buildctl's words; /out is `out` on the host. */
  output?: string;
  user?: string;
}

/**
 * Two stages that both stand on the first and that the last one brings together. Each of the two waits for the other's
 * mark, so that they only end where they run side by side.
 */
const dockerfile = `
FROM scratch AS base
ADD rootfs.tar /

FROM base AS left
ARG ROUND=1
RUN --mount=type=cache,target=/marks,sharing=shared \\
    touch /marks/left-$ROUND; for i in $(seq 600); do [ -e /marks/right-$ROUND ] && break; sleep 0.1; done; \\
    [ -e /marks/right-$ROUND ] && echo left >/left && chown www-data /left
FROM base AS right
ARG ROUND=1
RUN --mount=type=cache,target=/marks,sharing=shared \\
    touch /marks/right-$ROUND; for i in $(seq 600); do [ -e /marks/left-$ROUND ] && break; sleep 0.1; done; \\
    [ -e /marks/left-$ROUND ] && ls /marks >/right

FROM base
COPY --from=left /left /
COPY --from=right /right /
RUN cat /left /right >/both
`;

const daemon = new TemplateContainer(buildkit);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-buildkit-"));
const out = path.join(folder, "out");

beforeAll(async () => {
  fs.mkdirSync(out);
  fs.chmodSync(out, 0o777);
  fs.chmodSync(folder, 0o755);
  await Promise.all([daemon.start(), exportDebian(path.join(folder, "rootfs.tar"))]);
  await daemon.healthy();
}, 1_200_000);

afterAll(async () => {
  await daemon.remove();
  fs.rmSync(folder, { recursive: true });
}, 60_000);

/** The root file system of the project's own Debian: a base for builds that asks no registry. */
async function exportDebian(file: string): Promise<void> {
  const id = await ensureImage({ image: "debian13", source: "build" }, { log: () => undefined });
  const container = (await docker(["create", "--label", testLabel, id])).trim();
  await docker(["export", "--output", file, container]);
  fs.chmodSync(file, 0o644);
  await docker(["rm", "--volumes", container]);
}

/**
 * Builds as the devcontainer does: from a container that shares no more with the daemon than the volume its socket is in.
 * @returns the steps, as they ended, and what they wrote.
 */
async function build(text: string, options: BuildOptions = {}) {
  fs.writeFileSync(path.join(folder, "Dockerfile"), text);
  const steps = new Map<string, Step>();
  let log = "";
  const read = (line: string) => {
    if (!line.startsWith("{")) return void (log += `${line}\n`);
    const status = JSON.parse(line) as { vertexes?: Step[]; logs?: { data: string }[] };
    for (const step of status.vertexes ?? []) steps.set(step.digest, { ...steps.get(step.digest), ...step });
    for (const { data } of status.logs ?? []) log += Buffer.from(data, "base64").toString();
  };
  const buildArguments = Object.entries(options.arguments ?? {});
  await docker(
    [
      ...["run", "--rm", "--label", testLabel, "--network", "none", "--read-only", "--env", "HOME=/out"],
      ...["--user", options.user ?? `${buildkitClients}:${buildkitClients}`],
      ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
      ...["--volume", `${daemon.volume(buildkitSocketVolume)}:/run/buildkit`],
      ...["--volume", `${folder}:/context:ro`, "--volume", `${out}:/out`],
      ...["--entrypoint", "buildctl", daemon.image],
      ...["build", "--progress", "rawjson", "--frontend", "dockerfile.v0"],
      ...["--local", "context=/context", "--local", "dockerfile=/context"],
      ...buildArguments.flatMap(([name, value]) => ["--opt", `build-arg:${name}=${value}`]),
      ...(options.output ? ["--output", options.output] : []),
    ],
    { onLine: read },
  ).catch(() => {
    throw new Error(log); // what the steps wrote, not the trace of them
  });
  return { steps: [...steps.values()], log };
}

const stage = (steps: Step[], name: string) => {
  const found = steps.find((step) => step.name.startsWith(`[${name} `) && step.name.includes("RUN"));
  if (!found) throw new Error(`no step of ${name} among ${steps.map((step) => step.name).join("; ")}`);
  return found;
};
const time = (text: string | undefined) => Date.parse(text ?? "");

test("the daemon has no capability on the host, and is nobody there", async () => {
  const state = await inspect<{ State: { Pid: number } }>("container", daemon.name);
  const status = await daemon.exec(["cat", "/proc/1/status"]);
  expect(status).toMatch(/^Name:\s+buildkitd$/m);
  expect(status).toMatch(/^Uid:\s+100000\s+100000\s+100000\s+100000$/m);
  expect(await daemon.exec(["cat", "/proc/1/uid_map"])).toMatch(/^\s*0\s+100000\s+65536$/);
  const namespace = fs.readlinkSync(`/proc/${state?.State.Pid}/ns/user`);
  expect(namespace).not.toBe(fs.readlinkSync("/proc/self/ns/user"));
  // The capabilities that a container starts with are gone with the process that had them.
  const processes = await daemon.exec(["sh", "-c", "cat /proc/[0-9]*/comm"]);
  expect(processes.split("\n").filter((name) => !["sh", "cat"].includes(name))).toEqual(["buildkitd"]);
});

describe("an image of several stages", () => {
  test("is built, with stages side by side, and runs", async () => {
    const { steps } = await build(dockerfile, {
      output: "type=docker,name=mcptest-built,dest=/out/image.tar",
    });
    const [left, right] = [stage(steps, "left"), stage(steps, "right")];
    expect(time(left.started)).toBeLessThan(time(right.completed));
    expect(time(right.started)).toBeLessThan(time(left.completed));
    await docker(["image", "load", "--input", path.join(out, "image.tar")]);
    try {
      const run = ["run", "--rm", "--label", testLabel, "mcptest-built", "sh", "-c"];
      const said = await docker([...run, "stat -c %U /left; cat /both"]);
      expect(said).toBe("www-data\nleft\nleft-1\nright-1\n");
    } finally {
      await docker(["image", "rm", "mcptest-built"]);
    }
  });

  test("is not built a second time, not even by a daemon that was started again", async () => {
    await docker(["restart", daemon.name]);
    await daemon.healthy();
    const { steps } = await build(dockerfile);
    const runs = steps.filter(({ name }) => name.includes("RUN"));
    expect(runs.map(({ cached }) => cached)).toEqual([true, true, true]);
  });

  test("finds in a cache mount what an earlier build has left there", async () => {
    await build(dockerfile, { arguments: { ROUND: "2" }, output: "type=local,dest=/out/files" });
    const marks = fs.readFileSync(path.join(out, "files/right"), "utf8");
    expect(marks).toBe("left-1\nleft-2\nright-1\nright-2\n");
  });
});

describe("a step", () => {
  const step = async (command: string) => {
    const { log } = await build(`FROM scratch\nADD rootfs.tar /\nARG AT\nRUN ${command}\n`, {
      arguments: { AT: String(Date.now()) },
    });
    return log;
  };

  test("sees its own processes only, under a filter of system calls, with few capabilities", async () => {
    const log = await step("cat /proc/[0-9]*/comm | sort -u; cat /proc/self/status");
    expect(log).not.toContain("buildkitd");
    expect(log).toMatch(/^Seccomp:\s+2$/m);
    // Those of any container; CAP_SYS_ADMIN is bit 21.
    expect(log).toMatch(/^CapBnd:\s+00000000a80425fb$/m);
  });

  test("finds the cluster's services by their names", async () => {
    const peer = `${daemon.name}-peer`;
    await docker([
      ...["run", "--detach", "--name", peer, "--label", testLabel, "--network", daemon.name],
      ...["--network-alias", "postgres-db", "--entrypoint", "sleep", daemon.image, "infinity"],
    ]);
    try {
      const address = (await docker(["exec", peer, "hostname", "-i"])).trim();
      expect(await step("getent hosts postgres-db")).toContain(address);
    } finally {
      await docker(["rm", "--force", "--volumes", peer]);
    }
  });
});

test("who is not of the clients' group builds nothing", async () => {
  await expect(build(dockerfile, { user: "1001:1001" })).rejects.toThrow(/permission denied/);
});

test("its cache is kept small", async () => {
  const workers = await daemon.exec(["buildctl", "debug", "workers", "--verbose"]);
  expect(workers).toMatch(/^\s+All:\s+true\n.*\n.*\n\s+Maximum used space:\s+5\.36870912GB$/m);
});

test("it tells Prometheus of itself", async () => {
  const address = await daemon.exec(["hostname", "-i"]);
  const { port, path: page } = buildkit.metrics ?? { port: 0, path: "" };
  const text = await (await fetch(`http://${address}:${port}${page}`)).text();
  expect(text).toMatch(/^go_goroutines \d+$/m);
});

test("where it was told to stop, status knows no fault", async () => {
  expect(await daemon.stopped()).toEqual({ health: "stopped", reason: null });
});
