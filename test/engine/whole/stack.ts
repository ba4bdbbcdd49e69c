import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpenedFolder } from "../support/devcontainer";
import { freePort } from "../support/ports";
import type { Shared } from "../support/shared-stack";
import { type Settings, TestStack } from "../support/stack";

/** All five tiers, and what they have of the host's. */
export interface Whole {
  stack: TestStack;
  /** As it was made; parts that change a setting say the others again. */
  settings: Settings & { services: Record<string, Settings> };
  /** The project's folder, which an editor may open. */
  folder: OpenedFolder;
  /** The port of the loopback that the web entry is published on. */
  port: number;
  /** The file of the host's that `k8s-plugin` is given. */
  kubeconfig: string;
  /** A file system of the host's that may be filled. */
  disk: string;
  /** What holds both; the host's users may look into it, as exporters are not root. */
  files: string;
}

/** Whether `disk` is a file system of its own: only root can make one. */
export const mayMount = process.platform === "linux" && process.getuid?.() === 0;

export const whole: Shared<Whole> = {
  async make() {
    const files = mkdtempSync(join(tmpdir(), "whole-"));
    chmodSync(files, 0o755);
    const [kubeconfig, disk] = [join(files, "kubeconfig"), join(files, "disk")];
    writeFileSync(kubeconfig, "{}\n");
    mkdirSync(disk);
    // Before the containers: a host that shares no mounts shows them none that come later.
    if (mayMount) execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m", "monitoring-test", disk]);
    const stack = await TestStack.create();
    const folder = new OpenedFolder(stack);
    const port = await freePort();
    const services = { devcontainer: { access: "write" }, nginx: { publish: port } };
    const settings = { tiers: 5, projectFolder: folder.path, kubeconfig, services };
    stack.configure(settings);
    folder.fill();
    return { stack, settings, folder, port, kubeconfig, disk, files };
  },
  stackOf: ({ stack }) => stack,
  end({ folder, disk, files }) {
    folder.remove();
    if (mayMount) execFileSync("umount", [disk]);
    rmSync(files, { recursive: true });
  },
};
