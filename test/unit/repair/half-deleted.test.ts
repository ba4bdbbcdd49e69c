import type { Deployment, Resource } from "../../../cli/repair/adopt/deployment";
import { halfDeletedUsers, withoutThese } from "../../../cli/repair/half-deleted";

const resource = (name: string, type = "mcpdocker:index:DatabaseUser"): Resource => ({
  urn: `urn:pulumi:dev::mcp::${type}::${name}`,
  type,
  custom: true,
});

const [user, other, container] = [
  resource("mariadb-mcp-mariadb"),
  resource("postgres-mcp-postgres"),
  resource("mariadb", "docker:index/container:Container"),
] as const;

/** A state in which a destruction was killed in the middle of these. */
const killed = (...deleting: Resource[]): Deployment => ({
  version: 3,
  deployment: {
    resources: [container, user, other],
    pending_operations: deleting.map((one) => ({ type: "deleting", resource: one })),
  },
});

describe("a destruction that was killed", () => {
  it("leaves those users in doubt whose deletion was begun, and nothing else", () => {
    expect(halfDeletedUsers(killed(user, container))).toEqual([user.urn]);
    expect(halfDeletedUsers(killed())).toEqual([]);
    const creating = {
      ...killed(),
      deployment: { pending_operations: [{ type: "creating", resource: user }] },
    };
    expect(halfDeletedUsers(creating)).toEqual([]);
  });

  it("is forgotten with them; what else was begun stays for Pulumi to settle", () => {
    const { deployment } = withoutThese(killed(user, container), [user.urn]);
    expect(deployment.resources).toEqual([container, other]);
    expect(deployment.pending_operations).toEqual([{ type: "deleting", resource: container }]);
  });
});
