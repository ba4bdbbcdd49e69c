import { chownSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { userOf } from "../../../components/host";

const service = { user: "1000:1000", ownerOf: { project: "" } };
const isRoot = process.getuid?.() === 0;

describe("the user of a container that works on the project's folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "project-"));
  const host = { projectFolder: folder, engineSocketGroup: 0, sharesMounts: true };
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is the folder's owner, and never root", () => {
    const { uid, gid } = statSync(folder);
    expect(userOf(service, host)).toBe(uid === 0 ? "1000:1000" : `${uid}:${gid}`);
  });

  (isRoot ? it : it.skip)("follows the folder's owner", () => {
    chownSync(folder, 4321, 8765);
    expect(userOf(service, host)).toBe("4321:8765");
    chownSync(folder, 0, 0);
  });

  it("is the service's own where the folder is on another machine", () => {
    expect(userOf(service, { projectFolder: join(folder, "elsewhere") })).toBe("1000:1000");
  });

  it("is the service's own where it works on no folder", () => {
    expect(userOf({ user: "999:999" }, host)).toBe("999:999");
  });
});
