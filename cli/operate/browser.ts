import { spawn } from "node:child_process";

/** Opens a page in the user's browser; false where there is none, as on a server. */
export async function openInBrowser(url: string): Promise<boolean> {
  const command = browserCommand(process.platform, process.env);
  if (!command) return false;
  const [program, ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { detached: true, stdio: "ignore" });
    child.on("error", () => resolve(false));
    child.on("spawn", () => resolve(true));
    child.unref();
  });
}

/** How a desktop opens a page; undefined where nobody looks at one. */
export function browserCommand(
  platform: NodeJS.Platform,
  { DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME }: NodeJS.ProcessEnv,
): [program: string, ...args: string[]] | undefined {
  if (platform === "darwin") return ["open"];
  if (platform === "win32" || WSL_DISTRO_NAME) return ["cmd.exe", "/c", "start", ""];
  return DISPLAY || WAYLAND_DISPLAY ? ["xdg-open"] : undefined;
}
