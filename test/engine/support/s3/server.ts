import { spawn } from "node:child_process";
import { once } from "node:events";
import { hostProgram } from "../../../../imaging/host-program";
import type { GoProgram } from "../../../../imaging/recipe";

/** The server, built like the programs of images. */
export const s3Program: GoProgram = {
  kind: "go",
  module: "test/engine/support/s3",
  package: ".",
  as: "s3-server",
  seconds: 15,
};

/** An S3-compatible server with one bucket, in memory. */
export interface S3Server {
  /** A state backend in it, as Pulumi takes it. */
  backend: string;
  /** What a client needs to be let in. */
  environment: Record<string, string>;
  stop(): Promise<void>;
}

/** Builds the server with the host's Go and starts it; undefined where there is no Go. */
export async function startS3(): Promise<S3Server | undefined> {
  const file = await hostProgram(s3Program, () => undefined);
  if (file === undefined) return undefined;
  const server = spawn(file, ["state"], { stdio: ["pipe", "pipe", "ignore"] });
  const ended = once(server, "exit");
  const [port] = (await once(server.stdout, "data")) as [Buffer];
  return {
    backend: `s3://state?endpoint=http://127.0.0.1:${port.toString().trim()}&use_path_style=true&region=us-east-1`,
    environment: {
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "planted-key-of-the-bucket",
      AWS_REGION: "us-east-1",
    },
    async stop() {
      server.stdin.end();
      await ended;
    },
  };
}
