import { compare } from "../../../drift/checks";
import { ownChanges } from "../../../drift/checks/files";
import { heldServices } from "../../../drift/checks/held";
import { isSettling } from "../../../drift/motion";
import type { ExpectedConfig } from "../../../drift/expected";
import type { FoundAccounts, ObservedContainer } from "../../../drift/observed";
import type { FoundFile } from "../../../engine/files";
import { container, evidence, imageConfig, longAgo, now, service } from "./evidence";

const ids = (found: { id: string }[]) => found.map(({ id }) => id).sort();

function changed(change: (container: ObservedContainer) => void): ObservedContainer {
  const one = container("server");
  change(one);
  return one;
}

function find(change: (container: ObservedContainer) => void) {
  return compare(evidence([service("server")], { containers: [changed(change)] }));
}

test("a healthy stack is no different from what it should be", () => {
  expect(compare(evidence([service("server")]))).toEqual([]);
});

describe("how a container runs", () => {
  test.each<[string, (container: ObservedContainer) => void]>([
    ["image", (one) => (one.Image = "sha256:other")],
    ["user", ({ Config }) => (Config.User = "0:0")],
    ["entry point", ({ Config }) => (Config.Entrypoint = ["sh"])],
    ["command", ({ Config }) => (Config.Cmd = ["stdio"])],
    ["environment HOST", ({ Config }) => (Config.Env = ["PATH=/bin", "PASSWORD=secret", "HOST=other"])],
    ["environment HOST", ({ Config }) => (Config.Env = ["PATH=/bin", "PASSWORD=secret"])],
    ["environment MORE", ({ Config }) => Config.Env?.push("MORE=")],
    ["environment PATH", ({ Config }) => (Config.Env = ["PATH=/evil", "PASSWORD=secret", "HOST=db"])],
    ["label more", ({ Config }) => (Config.Labels = { ...Config.Labels, more: "" })],
    ["memory", ({ HostConfig }) => (HostConfig.Memory = 0)],
    ["memory with swap", ({ HostConfig }) => (HostConfig.MemorySwap = -1)],
    ["process limit", ({ HostConfig }) => (HostConfig.PidsLimit = null)],
    ["processor limit", ({ HostConfig }) => (HostConfig.NanoCpus = 5e8)],
    ["read-only root", ({ HostConfig }) => (HostConfig.ReadonlyRootfs = false)],
    ["privileged", ({ HostConfig }) => (HostConfig.Privileged = true)],
    ["added capabilities", ({ HostConfig }) => (HostConfig.CapAdd = ["SYS_ADMIN"])],
    ["dropped capabilities", ({ HostConfig }) => (HostConfig.CapDrop = null)],
    ["security options", ({ HostConfig }) => (HostConfig.SecurityOpt = ["seccomp=unconfined"])],
    ["host's network", ({ HostConfig }) => (HostConfig.NetworkMode = "host")],
    ["process namespace", ({ HostConfig }) => (HostConfig.PidMode = "host")],
    ["devices", ({ HostConfig }) => (HostConfig.Devices = [{ PathOnHost: "/dev/kvm" }])],
    ["groups", ({ HostConfig }) => (HostConfig.GroupAdd = ["999"])],
    ["log driver", ({ HostConfig }) => (HostConfig.LogConfig.Type = "none")],
    ["log options", ({ HostConfig }) => (HostConfig.LogConfig.Config = { "max-size": "1g" })],
    ["restart policy", ({ HostConfig }) => (HostConfig.RestartPolicy.Name = "always")],
    ["health check", ({ Config }) => (Config.Healthcheck = { Test: ["NONE"] })],
    ["stop signal", ({ Config }) => (Config.StopSignal = "SIGKILL")],
    ["tmpfs /tmp", ({ HostConfig }) => (HostConfig.Tmpfs = { "/tmp": "exec" })],
    [
      "published port 80/tcp",
      ({ HostConfig }) => (HostConfig.PortBindings = { "80/tcp": [{ HostIp: "", HostPort: "80" }] }),
    ],
    [
      "mount /host",
      ({ Mounts }) => Mounts.push({ Type: "bind", Source: "/", Destination: "/host", RW: true }),
    ],
  ])("tells of another %s", (what, change) => {
    expect(ids(find(change))).toEqual([`container/server/${what}`]);
  });

  it("names a filter of system calls by its content, which is pages long", () => {
    const filter = (action: string) => `seccomp=${JSON.stringify({ defaultAction: action, syscalls: [] })}`;
    const change = (action: string) =>
      find(({ HostConfig }) => (HostConfig.SecurityOpt = ["no-new-privileges:true", filter(action)]));
    const [one, other] = [change("SCMP_ACT_ALLOW"), change("SCMP_ACT_LOG")].map(([found]) => found?.found);
    expect(one).toMatch(/^no-new-privileges:true, seccomp=sha256:[0-9a-f]{12}$/);
    expect(other).not.toBe(one);
  });

  it("is the same with a volume of no name that the image declares", () => {
    const declared = { ...imageConfig, Volumes: { "/data": {} } };
    const mount = { Type: "volume", Name: "f".repeat(64), Source: "/x", Destination: "/data", RW: true };
    const containers = [changed(({ Mounts }) => Mounts.push(mount))];
    const images = new Map([["sha256:server", { Id: "sha256:server", Config: declared }]]);
    expect(compare(evidence([service("server")], { containers, images }))).toEqual([]);
  });

  it("never shows a variable whose value is a secret", () => {
    const [found] = find(({ Config }) => (Config.Env = ["PATH=/bin", "PASSWORD=rotated", "HOST=db"]));
    expect(found).toMatchObject({
      what: "environment PASSWORD",
      expected: "(not shown)",
      found: "(not shown)",
    });
  });
});

describe("who is right", () => {
  const memory = (state: number, program: number, engine: number) => {
    const one = service("server");
    const args = { ...one.args, memory: state };
    const planned = { args: { ...one.args, memory: program }, pids: 64 };
    const containers = [changed(({ HostConfig }) => (HostConfig.Memory = engine * 1024 ** 2))];
    return evidence([{ ...one, args, planned }], { containers });
  };

  test.each<[string, [state: number, program: number, engine: number], string]>([
    ["state and program: the engine was changed", [256, 256, 512], "container"],
    ["program and engine: the state was edited", [512, 256, 256], "state"],
    ["state and engine: the program is another", [256, 512, 256], "checkout"],
    ["none: the engine was changed", [256, 512, 128], "container"],
  ])("follows from who agree, %s", (_, values, kind) => {
    expect(compare(memory(...values)).map((found) => found.kind)).toEqual([kind]);
  });

  it("is the program where nothing about it changed since the last update", () => {
    const given = { ...memory(256, 512, 256), provenance: { relation: "same" as const, update: undefined } };
    expect(compare(given)).toMatchObject([{ kind: "state" }]);
  });

  it("says that a stack is newer, with the commit that it is from", () => {
    const update = { since: "2026-01-01T00:00:00Z", by: "an update from commit abc" };
    const [found] = compare({ ...memory(256, 512, 256), provenance: { relation: "newer", update } });
    expect(found).toMatchObject({
      kind: "checkout",
      ...update,
      found: expect.stringContaining("lacks") as string,
    });
    expect(found?.mend.command).toMatch(/^git pull/);
  });
});

describe("a container's life", () => {
  it("is no difference while a new one is not known to be healthy", () => {
    expect(find(({ State }) => (State.Health = { Status: "starting", Log: [] }))).toEqual([]);
  });

  it("is one while it only starts after it was found unhealthy", () => {
    const containers = [changed(({ State }) => (State.Health = { Status: "starting", Log: [] }))];
    const given = evidence([service("server")], { containers });
    const before = { ...given.before, unhealthy: new Set(["server-id"]) };
    expect(ids(compare({ ...given, before }))).toEqual(["container/server/unhealthy"]);
  });

  it("is none where the container answers now, whatever the engine found last", () => {
    const containers = [changed(({ State }) => (State.Health = { Status: "unhealthy", Log: [] }))];
    expect(compare(evidence([service("server")], { containers, answering: new Set(["server-id"]) }))).toEqual(
      [],
    );
  });

  it("is a loop where the engine restarts it again and again", () => {
    const containers = [changed((one) => (one.RestartCount = 7))];
    const given = evidence([service("server")], { containers });
    expect(compare(given)).toEqual([]);
    const before = { ...given.before, restarts: new Map([["server-id", 4]]) };
    expect(ids(compare({ ...given, before }))).toEqual(["container/server/restarting"]);
  });

  test.each<[string, boolean, (container: ObservedContainer) => void]>([
    ["healthy for long", false, () => undefined],
    ["just started", true, ({ State }) => (State.StartedAt = new Date(now - 1000).toISOString())],
    ["just stopped", true, ({ State }) => (State.FinishedAt = new Date(now - 1000).toISOString())],
    ["just made", true, (one) => (one.Created = new Date(now - 1000).toISOString())],
    ["restarting", true, ({ State }) => (State.Status = "restarting")],
    [
      "stopped for long",
      false,
      ({ State }) => Object.assign(State, { Status: "exited", FinishedAt: longAgo }),
    ],
  ])("is on its way, or not: %s", (_, settles, change) => {
    expect(isSettling(changed(change), now)).toBe(settles);
  });
});

describe("what an operator holds", () => {
  const held = ({ State, HostConfig }: ObservedContainer) => {
    State.Status = "exited";
    State.FinishedAt = longAgo;
    HostConfig.RestartPolicy.Name = "no";
  };

  it("is no difference, nor is what can't be healthy without it", () => {
    const [db, api] = [container("db"), container("api")];
    held(db);
    api.State.Health = { Status: "unhealthy", Log: [] };
    const services = [
      service("db"),
      service("proxy", { dependsOn: ["db"] }),
      service("api", { dependsOn: ["proxy"] }),
    ];
    const given = evidence(services, { containers: [db, container("proxy"), api] });
    expect(compare(given)).toEqual([]);
    expect(heldServices(given)).toMatchObject([
      { service: "db", waitsFor: null, command: "npm run start db" },
      { service: "api", waitsFor: "db", command: "npm run start db" },
    ]);
  });

  it("is no longer held when somebody started it", () => {
    expect(ids(find(({ HostConfig }) => (HostConfig.RestartPolicy.Name = "no")))).toEqual([
      "container/server/restart policy",
    ]);
  });
});

describe("volumes, and the state itself", () => {
  const volume = {
    name: "data",
    volumeName: "data",
    driver: "local",
    labels: { "dev.mcp.environment": "0011" },
    kind: "data",
  };
  const there = { Name: "data", Driver: "local", Labels: volume.labels, Options: null };

  test.each<[string, object, string]>([
    ["another driver", { Driver: "nfs" }, "volume/data/driver"],
    ["options", { Options: { type: "tmpfs" } }, "volume/data/driver options"],
    ["nobody's label", { Labels: null }, "volume/data/replaced"],
  ])("tells of a volume with %s", (_, change, id) => {
    const volumes = new Map([["data", { ...there, ...change }]]);
    expect(ids(compare(evidence([], { volumes }, { volumes: [volume] })))).toEqual([id]);
  });

  test.each<[string, string | undefined, string[]]>([
    ["its mark", "0011", []],
    ["no mark", undefined, ["volume/server/emptied"]],
    ["another's mark", "9999", ["volume/server/exchanged"]],
  ])("goes by the mark in it: %s", (_, mark, expected) => {
    const one = service("server", { dataVolumes: { paths: ["/data"], mark: "0011" } });
    const mounts = { args: { ...one.args, volumes: [{ volumeName: "data", containerPath: "/data" }] } };
    const mount = { Type: "volume", Name: "data", Source: "/x", Destination: "/data", RW: true };
    const given = evidence([{ ...one, ...mounts, planned: undefined }], {
      containers: [changed(({ Mounts }) => Mounts.push(mount))],
      volumes: new Map([["data", there]]),
      marks: new Map([["server /data", mark]]),
    });
    expect(ids(compare(given))).toEqual(expected);
  });

  it("tells of operations that an update left unfinished", () => {
    const record = { version: "1", resources: [], pending: 2 };
    expect(compare(evidence([], {}, { record }))).toMatchObject([
      { kind: "state", what: "unfinished operations", found: "2", mend: { command: "npm run repair" } },
    ]);
  });

  it("tells of a resource that the state lost, and the engine has", () => {
    const type = "docker:index/container:Container";
    const own = changed(({ Config, NetworkSettings }) => {
      Config.Labels = { "dev.mcp.environment": "0011", "dev.mcp.service": "server" };
      NetworkSettings.Networks = {};
    });
    const planned = [{ type, name: "server", inputs: {} }];
    expect(compare(evidence([], { containers: [own] }, { planned }))).toMatchObject([
      { kind: "state", object: "Container server", what: "presence" },
    ]);
  });
});

describe("changed files", () => {
  it("are those that somebody changed, not what holds them or was made to mount something", () => {
    const paths = [
      ...["/etc", "/etc/server", "/app", "/app/lib", "/app/lib/evil.js", "/tmp", "/tmp/x"],
      ...["/usr", "/usr/sbin", "/usr/sbin/docker-init", "/run", "/run/docker.sock"], // through the links of the image
    ];
    const one = changed(({ Mounts, HostConfig }) => {
      Mounts.push({ Type: "volume", Source: "", Destination: "/etc/server", RW: false });
      Mounts.push({ Type: "bind", Source: "", Destination: "/var/run/docker.sock", RW: false });
      HostConfig.Tmpfs = { "/tmp": "" };
      HostConfig.Init = true;
    });
    expect(ownChanges(paths, one)).toEqual(["/app/lib/evil.js"]);
  });
});

describe("who answers to a service's name", () => {
  const guest = (change: (container: ObservedContainer) => void) => {
    const one = container("guest");
    change(one);
    return compare(evidence([service("server")], { containers: [container("server"), one] }));
  };
  const impostors = (found: ReturnType<typeof compare>) => found.filter(({ kind }) => kind === "impostor");

  it("is told of a foreign container, by its name, with what takes it off the network", () => {
    const found = guest(({ NetworkSettings }) => {
      NetworkSettings.Networks = {
        net: { IPAddress: "10.0.0.9", IPAMConfig: null, Aliases: ["server", "guest"] },
      };
    });
    expect(impostors(found)).toMatchObject([
      {
        id: "impostor/guest/answers to server",
        expected: "the name of server alone",
        found: "guest (10.0.0.9) answers to it as well",
        mend: { automatic: false, command: "docker network disconnect --force net guest" },
      },
    ]);
  });

  it.each<[string, Partial<ObservedContainer["NetworkSettings"]["Networks"][string]>, number]>([
    ["by a name that the engine gives it", { Aliases: null, DNSNames: ["guest", "server"] }, 1],
    ["by a name of its own", { Aliases: ["other"] }, 0],
    ["by none", { Aliases: null }, 0],
  ])("goes by all names of a container: %s", (_, endpoint, count) => {
    const found = guest(({ NetworkSettings }) => {
      NetworkSettings.Networks = { net: { IPAddress: "", IPAMConfig: null, Aliases: null, ...endpoint } };
    });
    expect(impostors(found)).toHaveLength(count);
  });

  it("is told of the stack's own as well, which is connected anew", () => {
    const web = container("web");
    web.NetworkSettings.Networks.net!.Aliases = ["web", "server"];
    const given = evidence([service("server"), service("web")], { containers: [container("server"), web] });
    expect(impostors(compare(given))).toMatchObject([
      {
        object: "web",
        what: "answers to server",
        repair: { do: "connect", container: "web-id", aliases: ["web"] },
      },
    ]);
  });

  it("may be several of the stack's own that share a name, as replicas do", () => {
    const wish = { name: "net", aliases: ["pool"] };
    const replicas = ["one", "two"].map((name) => {
      const replica = service(name);
      const args = { ...replica.args, networksAdvanced: [wish] };
      return { ...replica, args, planned: { args, pids: 64 } };
    });
    const containers = ["one", "two"].map((name) => {
      const one = container(name);
      one.NetworkSettings.Networks.net!.Aliases = ["pool"];
      return one;
    });
    expect(compare(evidence(replicas, { containers }))).toEqual([]);
  });
});

describe("the modes of configuration", () => {
  const config = (closed?: { names: string[]; user: string }): ExpectedConfig => ({
    volumeName: "etc",
    folder: "",
    files: { "server.conf": "x", "sub/key": "y" },
    closed,
    repair: { do: "refill", inputs: {} as never },
    service: "server",
  });
  const usual: Record<string, FoundFile> = {
    ".": { mode: "0755", owner: "0:0" },
    "server.conf": { text: "x", mode: "0644", owner: "0:0" },
    sub: { mode: "0755", owner: "0:0" },
    "sub/key": { text: "y", mode: "0644", owner: "0:0" },
  };
  const there = { Name: "etc", Driver: "local", Labels: null, Options: null };
  const look = (changes: Record<string, FoundFile>, closed?: { names: string[]; user: string }) =>
    compare(
      evidence(
        [service("server")],
        { volumes: new Map([["etc", there]]), configs: new Map([["etc", { ...usual, ...changes }]]) },
        { configs: [config(closed)] },
      ),
    );
  const key = { names: ["sub/key"], user: "1:1" };

  it.each<[string, Record<string, FoundFile>, { names: string[]; user: string } | undefined, string[]]>([
    ["as they were made", {}, undefined, []],
    [
      "a file that nobody else can read",
      { "server.conf": { text: "x", mode: "0600", owner: "0:0" } },
      undefined,
      ["mode of server.conf"],
    ],
    [
      "a file that all may change",
      { "sub/key": { text: "y", mode: "0666", owner: "0:0" } },
      undefined,
      ["mode of sub/key"],
    ],
    ["a folder that is closed", { sub: { mode: "0700", owner: "0:0" } }, undefined, ["mode of sub"]],
    ["the whole of it closed", { ".": { mode: "0700", owner: "0:0" } }, undefined, ["mode of its folder"]],
    ["a key that is its user's", { "sub/key": { text: "y", mode: "0400", owner: "1:1" } }, key, []],
    [
      "a key that all may read",
      { "sub/key": { text: "y", mode: "0644", owner: "1:1" } },
      key,
      ["mode of sub/key"],
    ],
    [
      "a key that is another's",
      { "sub/key": { text: "y", mode: "0400", owner: "0:0" } },
      key,
      ["owner of sub/key"],
    ],
  ])("are compared: %s", (_, changes, closed, whats) => {
    expect(look(changes, closed)).toMatchObject(
      whats.map((what) => ({
        id: `configuration/server/${what}`,
        repair: { do: "refill", container: "server-id" },
      })),
    );
    expect(look(changes, closed)).toHaveLength(whats.length);
  });
});

describe("rights in a database", () => {
  const inputs = (name: string) =>
    ({
      containerId: "db-id",
      kind: "postgres",
      database: "mcp",
      access: "read",
      password: "p",
      name,
    }) as const;
  const users = ["ada", "bob"].map((name) => ({
    service: `${name}-mcp`,
    server: "db",
    inputs: inputs(name),
  }));
  const look = (found: FoundAccounts) =>
    compare(
      evidence(
        [service("db")],
        { containers: [container("db")], accounts: new Map([["db", found]]) },
        { users },
      ),
    );
  const told = { expected: "one", found: "other" };

  it("that are as they should be are no difference", () => {
    expect(look({ deviations: [] })).toEqual([]);
  });

  it("of one of the stack's users are brought back, and so is its password", () => {
    const about = { name: "bob", user: "bob", ...told };
    const found = look({
      deviations: [
        { of: "password", what: "password", ...about },
        { of: "user", what: "attributes", ...about },
      ],
    });
    expect(found).toMatchObject([
      { id: "secret/bob-mcp/password of bob in db", kind: "secret", object: "db/bob" },
      { id: "rights/bob-mcp/attributes of bob in db", kind: "rights", object: "db/bob", ...told },
    ]);
    for (const { repair } of found) expect(repair).toEqual({ do: "grant", user: inputs("bob") });
  });

  it("that several have in common come back with any of them", () => {
    expect(look({ deviations: [{ of: "shared", name: "mcp_read", what: "grants", ...told }] })).toMatchObject(
      [
        {
          id: "rights/db/grants of mcp_read in db",
          service: "db",
          repair: { do: "grant", user: { name: "ada" } },
        },
      ],
    );
  });

  it("of an account that somebody made are left to a person, with what locks it out", () => {
    const lock = 'ALTER ROLE "evil" NOLOGIN';
    expect(
      look({ deviations: [{ of: "foreign", name: "evil", what: "foreign account", ...told, lock }] }),
    ).toMatchObject([
      {
        id: "rights/db/foreign account evil",
        mend: { automatic: false, command: `docker exec db psql -U postgres -c '${lock}'` },
      },
    ]);
  });

  it("that can't be read are a difference, not a stack as it should be", () => {
    expect(look({ unread: "ERROR 1142" })).toMatchObject([{ id: "rights/db/accounts", found: "ERROR 1142" }]);
  });
});

describe("certificates", () => {
  const endingAt = (notAfter: string) =>
    compare(
      evidence([service("server")], {}, { certificates: [{ service: "server", notAfter, renewDays: 30 }] }),
    );

  test("those that last are no difference", () => {
    expect(endingAt("2026-03-15T00:00:00Z")).toEqual([]);
  });

  test("one that ends soon, or has ended, is told with the command that makes it anew", () => {
    const [soon] = endingAt("2026-02-10T12:00:00Z");
    expect(soon).toMatchObject({
      id: "certificate/server/end",
      found: "in 10 days, 2026-02-10T12:00:00Z",
      mend: { automatic: false, command: "npm run up" },
    });
    expect(endingAt("2026-01-30T12:00:00Z")[0]?.found).toBe("has ended, 2026-01-30T12:00:00Z");
  });
});
