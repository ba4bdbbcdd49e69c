import { elsewhere } from "../../../config/engine/elsewhere";
import { readPlan } from "../../../cli/preview/plan";

const urn = (type: string, name: string) => `urn:pulumi:dev::mcp::mcp:docker:Environment$${type}::${name}`;
const step = (op: string, type: string, name: string, more: object = {}) =>
  JSON.stringify({
    resourcePreEvent: {
      metadata: {
        op,
        urn: urn(type, name),
        type,
        old: { id: `${name}-id`, custom: true },
        new: { custom: true },
        ...more,
      },
    },
  });
const container = "docker:index/container:Container";
const volume = "docker:index/volume:Volume";

describe("the plan of a preview", () => {
  it("counts the steps of one replacement as one, with its reasons and its place", () => {
    const { changes } = readPlan([
      step("delete-replaced", container, "postgres-db"),
      step("replace", container, "postgres-db", { keys: ["envs"], diffs: ["envs", "image"] }),
      step("create-replacement", container, "postgres-db", { keys: ["envs"] }),
    ]);
    expect(changes).toEqual([
      {
        action: "replace",
        type: container,
        name: "postgres-db",
        id: "postgres-db-id",
        because: ["envs", "image"],
        removedAt: 0,
        madeAt: 2,
      },
    ]);
  });

  it("takes what this engine would refuse for an error where the state holds nothing, and no other engine can be meant", () => {
    const message = `${elsewhere}\nThe settings of stack "dev" can't be used`;
    const warning = JSON.stringify({ diagnosticEvent: { message, severity: "warning" } });
    const first = readPlan([step("create", container, "nginx", { old: null }), warning]);
    expect(first).toMatchObject({ errors: [`The settings of stack "dev" can't be used`], warnings: [] });
    const further = readPlan([step("same", container, "nginx"), warning]);
    expect(further).toMatchObject({ errors: [], warnings: [message] });
  });

  it("tells a volume that is left behind from one that is deleted", () => {
    const { changes } = readPlan([
      step("delete", volume, "kept", { old: { custom: true, retainOnDelete: true }, new: null }),
      step("delete", volume, "gone", { new: null }),
    ]);
    expect(changes.map(({ name, action }) => [name, action])).toEqual([
      ["kept", "forget"],
      ["gone", "delete"],
    ]);
  });

  it("passes over what stays, and over what is bookkeeping of Pulumi's", () => {
    const lines = [
      step("same", container, "mariadb"),
      step("create", "mcp:docker:Tier", "tier-1", { old: null, new: { custom: false } }),
      step("create", "pulumi:providers:docker", "default"),
      "a line of some plugin's",
    ];
    expect(readPlan(lines).changes).toEqual([]);
  });

  it("keeps violations, errors and warnings, without Pulumi's colours and debug lines", () => {
    const diagnostic = (severity: string, message: string) =>
      JSON.stringify({ diagnosticEvent: { severity, message, prefix: "" } });
    const plan = readPlan([
      diagnostic("debug", "RPC of a password"),
      diagnostic("error", "<{%reset%}>it does not go<{%reset%}>\n"),
      diagnostic("warning", "runner is left out"),
      JSON.stringify({
        policyEvent: {
          resourceUrn: urn(container, "nginx"),
          message: "<{%fg 1%}>runs as root",
          policyName: "no-root",
          policyPackName: "mcp",
          enforcementLevel: "mandatory",
        },
      }),
    ]);
    expect(plan).toEqual({
      changes: [],
      errors: ["it does not go"],
      warnings: ["runner is left out"],
      violations: [{ policy: "no-root", level: "mandatory", resource: "nginx", message: "runs as root" }],
    });
  });
});
