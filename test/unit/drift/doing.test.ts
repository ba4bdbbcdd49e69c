import { doing } from "../../../drift/doing";
import type { Repair } from "../../../drift/finding";
import type { ConfigVolumeInputs } from "../../../provider/config-volume";
import type { DatabaseUserInputs } from "../../../provider/database-user";
import type { LiveConfigInputs } from "../../../provider/live-config";

const container = "0123456789ab";
const nginx = { object: "nginx", what: "stopped", expected: "healthy", found: "exited (exit code 137)" };

describe("what `--fix` says that it does", () => {
  it.each<[Repair, Partial<typeof nginx>, string]>([
    [{ do: "start", container }, {}, "starting nginx, which was stopped"],
    [{ do: "restart", container }, { what: "unhealthy" }, "restarting nginx, which was unhealthy"],
    [{ do: "unpause", container }, { what: "paused", found: "paused" }, "unpausing nginx"],
    [
      { do: "update", container, options: [] },
      { what: "memory", expected: "64 MiB", found: "1 GiB" },
      "setting the memory of nginx back to 64 MiB",
    ],
    [
      { do: "rename", container, name: "nginx" },
      { what: "renamed", expected: "nginx", found: "away" },
      "renaming away back to nginx",
    ],
    [
      { do: "connect", container, network: "net", aliases: [] },
      { what: "detached" },
      "connecting nginx to the network net anew",
    ],
    [
      { do: "disconnect", container, network: "further" },
      { what: "extra network further" },
      "taking nginx off the network further",
    ],
    [
      { do: "tag", imageId: "sha256:1", reference: "mcp/nginx:1" },
      { object: "mcp/nginx:1", what: "retagged" },
      "giving the name mcp/nginx:1 back to its image",
    ],
    [
      { do: "refill", inputs: {} as ConfigVolumeInputs },
      { object: "nginx-etc", what: "nginx.conf" },
      "writing the files of nginx-etc anew",
    ],
    [
      { do: "exchange", inputs: {} as LiveConfigInputs },
      { object: "gateway-etc", what: "mode of gateway.yaml" },
      "writing the files of gateway-etc anew",
    ],
    [
      { do: "grant", user: { name: "postgres_mcp" } as DatabaseUserInputs },
      { object: "postgres-db/postgres_mcp", what: "password of postgres_mcp in postgres-db" },
      "giving the database user postgres_mcp its password and its rights anew",
    ],
    [{ do: "network", id: "1" }, { object: "net", what: "removed" }, "making the network net anew"],
    [{ do: "rebuild", service: "nginx" }, { what: "removed" }, "making the container of nginx anew"],
  ])("of %j", (repair, told, said) => {
    expect(doing({ ...nginx, ...told }, repair)).toBe(said);
  });
});
