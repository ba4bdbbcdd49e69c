import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
  const folder = mkdtempSync(join(tmpdir(), "mcp-s3-"));
  const program = join(folder, "s3");
  try {
    execFileSync("go", ["build", "-o", program, "."], {
      cwd: __dirname,
      stdio: ["ignore", "ignore", "inherit"],
    });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const server = spawn(program, ["state"], { stdio: ["pipe", "pipe", "ignore"] });
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
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
