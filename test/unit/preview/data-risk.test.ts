import { dataRisks } from "../../../cli/preview/data-risk";
import type { Action, Change } from "../../../cli/preview/plan";
import { topologyOf, withService } from "./topologies";

const volume = (name: string, action: Action, id = name): Change => ({
  action,
  type: "docker:index/volume:Volume",
  name,
  id,
  because: [],
});
const dev = topologyOf();
const named = (risks: { volume: string }[]) => risks.map((risk) => risk.volume);

describe("data at risk", () => {
  it.each<[Action, RegExp]>([
    ["replace", /starts empty/],
    ["delete", /deleted with its data/],
    ["forget", /leave the stack/],
  ])("a data volume with the action %s is named, with its name on the engine", (action, what) => {
    const [risk] = dataRisks(dev, dev, [volume("postgres-data", action, "dev-postgres-data")]);
    expect(risk).toMatchObject({ volume: "postgres-data", volumeName: "dev-postgres-data" });
    expect(risk?.what).toMatch(what);
  });

  it("a volume that is made, or changed in place, is none", () => {
    expect(
      dataRisks(dev, dev, [volume("postgres-data", "create"), volume("mariadb-data", "change")]),
    ).toEqual([]);
  });

  it("a cache can be made again; a volume that nobody knows any more is taken for data", () => {
    const whole = topologyOf({ tiers: 5 });
    const cache = whole.volumes.find(({ kind }) => kind === "cache")?.name ?? "";
    expect(named(dataRisks(whole, whole, [volume(cache, "delete"), volume("of-old", "delete")]))).toEqual([
      "of-old",
    ]);
  });

  it("a volume that its service no longer mounts, or mounts elsewhere, is named", () => {
    const moved = withService(dev, "mariadb", { volumes: [{ volume: "mariadb-data", path: "/data" }] });
    expect(dataRisks(dev, moved, [])).toMatchObject([
      { volume: "mariadb-data", what: "would no longer be mounted by mariadb at /var/lib/mysql" },
    ]);
  });

  it("a database of another release series does not read what the volume holds", () => {
    const next = withService(dev, "postgres-db", { dataFormat: "PostgreSQL 17" });
    const [risk] = dataRisks(dev, next, []);
    expect(risk?.volume).toBe("postgres-data");
    expect(risk?.what).toMatch(/PostgreSQL 16.*as PostgreSQL 17.*migration/);
  });

  it("is told by the topologies alone where the state can't be read", () => {
    const renamed = topologyOf({ namePrefix: "other-" });
    expect(named(dataRisks(dev, renamed, undefined))).toEqual(["postgres-data", "mariadb-data"]);
    expect(dataRisks(dev, dev, undefined)).toEqual([]);
  });

  it("is allowed by name, for that volume only", () => {
    const changes = [volume("postgres-data", "replace"), volume("mariadb-data", "replace")];
    const allowances = [{ volume: "postgres-data", by: "commit 1a2b3c4 (Start over)" }];
    const risks = dataRisks(dev, dev, changes, allowances);
    expect(risks.map(({ volume, allowedBy }) => [volume, allowedBy])).toEqual([
      ["postgres-data", "commit 1a2b3c4 (Start over)"],
      ["mariadb-data", undefined],
    ]);
  });
});
