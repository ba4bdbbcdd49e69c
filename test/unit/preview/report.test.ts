import { SettingsError } from "../../../config/errors";
import { failures, type Report, reportText } from "../../../cli/preview/report";

const nothing: Report = {
  stack: "dev",
  plan: { changes: [], violations: [], errors: [], warnings: [] },
  risks: [],
  outages: [],
  topology: [],
  notes: [],
};
const risk = { volume: "postgres-data", volumeName: "postgres-data", what: "would be deleted with its data" };
const text = (report: Partial<Report>) => reportText({ ...nothing, ...report }).join("\n");

describe("the report", () => {
  it("says in a line that nothing changes", () => {
    expect(text({})).toMatch(/^## ✅ dev: nothing changes\n\nNo data is at risk/);
    expect(failures(nothing)).toEqual([]);
  });

  it("fails for data at risk and says how it is allowed, until somebody allows it", () => {
    expect(failures({ ...nothing, risks: [risk] })).toEqual(["Data is at risk: postgres-data."]);
    expect(text({ risks: [risk] })).toMatch(/^## ❌ [\s\S]*Allow-Data-Loss: dev\/postgres-data/);
    const allowed = { ...risk, allowedBy: "commit 1a2b3c4 (Start over)" };
    expect(failures({ ...nothing, risks: [allowed] })).toEqual([]);
    expect(text({ risks: [allowed] })).toMatch(/would be deleted[\s\S]*Allowed by commit 1a2b3c4/);
    expect(text({ risks: [allowed] })).not.toMatch(/Allow-Data-Loss/);
  });

  it("fails for a mandatory policy and for a preview that failed, and not for an advice", () => {
    const violation = { policy: "no-root", resource: "nginx", message: "runs\nas root" };
    const plan = { changes: [], errors: [], warnings: [] };
    const broken = { ...nothing, plan: { ...plan, violations: [{ ...violation, level: "mandatory" }] } };
    expect(failures(broken)).toHaveLength(1);
    expect(reportText(broken).join("\n")).toMatch(/❌ `no-root`, `nginx`: runs as root/);
    const advice = { ...nothing, plan: { ...plan, violations: [{ ...violation, level: "advisory" }] } };
    expect(failures(advice)).toEqual([]);
    const failed = { ...nothing, plan: { ...plan, errors: ["no such\nimage"], violations: [] } };
    expect(failures(failed)).toEqual(["The preview itself failed."]);
    expect(reportText(failed).join("\n")).toMatch(/```text\nno such\nimage\n```/);
    expect(reportText(failed).join("\n")).not.toMatch(/No data is at risk|nothing changes/);
    const problem = { key: "mcp:networkSubnet", value: "x", wrong: "overlaps", fix: "choose" };
    const refused = { ...plan, errors: [new SettingsError("dev", [problem]).message], violations: [] };
    expect(failures({ ...nothing, plan: refused })).toEqual(["An update would be refused."]);
  });

  it("lists what is deleted first, with its reasons, and leaves out gates that only follow their container", () => {
    const container = { type: "docker:index/container:Container", because: ["envs"] };
    const changes = [
      { ...container, action: "change" as const, name: "mariadb" },
      { ...container, action: "replace" as const, name: "postgres-mcp" },
      { ...container, action: "delete" as const, name: "old" },
      { action: "change" as const, type: "mcpdocker:index:Ready", name: "postgres-mcp", because: [] },
      { action: "change" as const, type: "mcpdocker:index:Ready", name: "nginx", because: [] },
    ];
    const report = text({ plan: { changes, violations: [], errors: [], warnings: [] } });
    expect(report).toMatch(/dev: 1 deleted, 1 replaced, 1 changed in place/);
    expect(report).toMatch(/`old`[\s\S]*`postgres-mcp` \| `envs`[\s\S]*`mariadb`/);
    expect(report).toMatch(/Not healthy on the engine that answered here, and waited for again: `nginx`\./);
  });

  it("keeps the topology's difference in a block of code that its text can't end", () => {
    expect(text({ topology: ["+ a.md | ```", "+ b: 1"] })).toMatch(
      /````diff\n\+ a\.md \| ```\n\+ b: 1\n````\n/,
    );
  });
});
