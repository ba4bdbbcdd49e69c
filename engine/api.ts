import { spawn } from "node:child_process";
import { request } from "node:http";
import { Duplex } from "node:stream";
import { DockerError } from "./docker";

/**
 * Asks the engine's API for what the CLI gives only slowly. The CLI carries the connection, so that contexts, TLS and ssh
 * are honoured here as in every other command.
 * @param path without a version, which engines take as their own.
 * @throws DockerError where the CLI reaches no engine.
 */
export function askEngine<T>(path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const command = ["system", "dial-stdio"];
    const dial = spawn("docker", command, { stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    dial.stderr.on("data", (part: Buffer) => (said += part.toString()));
    dial.on("error", reject);
    const ended = new Promise<number | null>((end) => dial.on("close", end));
    const connection = Duplex.from({ writable: dial.stdin, readable: dial.stdout });
    connection.on("error", () => undefined); // the request tells of it, and what comes after the answer matters to nobody
    // Were the engine to close the connection, the CLI's end could overtake the rest of the answer.
    const headers = { host: "docker", connection: "keep-alive" };
    const asked = request({ path, headers, createConnection: () => connection }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => (text += part));
      answer.on("error", reject);
      answer.on("end", () => {
        connection.destroy();
        dial.kill("SIGKILL"); // it has nothing to put in order, and now and then outlives a milder signal
        if (answer.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new Error(`The engine answers ${answer.statusCode} to ${path}: ${text.trim()}`));
      });
    });
    // A pipe that breaks says nothing; why it did is what the CLI said.
    asked.on("error", (error) => {
      dial.stdin.destroy();
      void ended.then((code) => reject(code ? new DockerError(command, code, said) : error));
    });
    asked.end();
  });
}
