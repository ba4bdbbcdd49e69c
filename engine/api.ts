import { spawn } from "node:child_process";
import { request } from "node:http";
import { Duplex } from "node:stream";

/**
 * Asks the engine's API for what the CLI gives only slowly. The CLI carries the connection, so that contexts, TLS and ssh
 * are honoured here as in every other command.
 * @param path without a version, which engines take as their own.
 */
export function askEngine<T>(path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const dial = spawn("docker", ["system", "dial-stdio"], { stdio: ["pipe", "pipe", "ignore"] });
    dial.on("error", reject);
    const createConnection = () => Duplex.from({ writable: dial.stdin, readable: dial.stdout });
    const asked = request({ path, headers: { host: "docker" }, createConnection }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => (text += part));
      answer.on("error", reject);
      answer.on("end", () => {
        dial.kill();
        if (answer.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new Error(`The engine answers ${answer.statusCode} to ${path}: ${text.trim()}`));
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}
