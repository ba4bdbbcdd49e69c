import { docker } from "../../../engine/docker";
import type { TestStack } from "../support/stack";

/** Whether a program in a service's container gets a connection. */
export async function reaches(
  stack: TestStack,
  service: string,
  host: string,
  port: number,
): Promise<boolean> {
  const script = `
    const socket = require("node:net").connect({ host: "${host}", port: ${port}, timeout: 1500 });
    const end = (code) => process.exit(code);
    socket.on("connect", () => end(0)).on("error", () => end(1)).on("timeout", () => end(1));
  `;
  const command = ["exec", stack.containerName(service), "node", "-e", script];
  return docker(command).then(
    () => true,
    () => false,
  );
}
