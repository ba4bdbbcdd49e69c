import { spawn } from "node:child_process";
import { eachLine } from "./lines";

/** How a docker command is run. */
export interface DockerOptions {
  /** Text for the command's standard input; never shown or logged. */
  input?: string;
  /** Further environment variables of the command. */
  env?: NodeJS.ProcessEnv;
  /** Called with each line as it comes, of both streams; for steps that show their progress. */
  onLine?: (line: string) => void;
  /** Keeps only the last of what the command writes: for those that run without end, whose lines are handed over. */
  endless?: boolean;
  /** Ends the command early. */
  signal?: AbortSignal;
}

/** A docker command that failed: what was run, its exit code and what it wrote to standard error. */
export class DockerError extends Error {
  constructor(
    readonly args: readonly string[],
    readonly exitCode: number | null,
    readonly stderr: string,
    /** What it gave before it failed. */
    readonly stdout = "",
  ) {
    super(`docker ${args.slice(0, 2).join(" ")} failed (exit code ${exitCode ?? "none"}): ${stderr.trim()}`);
    this.name = "DockerError";
  }
}

/**
 * Runs the docker CLI and returns its standard output. The CLI, not the engine's API, because it honours the
 * user's contexts, credential helpers and DOCKER_HOST.
 * @throws DockerError where the command fails or the CLI is missing.
 */
export function docker(args: readonly string[], options: DockerOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("docker", args, {
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const out = collect(child.stdout, options);
    const err = collect(child.stderr, options);
    child.stdin.on("error", () => undefined); // a command that ends before it has read its input
    child.stdin.end(options.input ?? "");
    child.on("error", (error) => reject(new DockerError(args, null, error.message)));
    child.on("close", (code) =>
      code === 0
        ? resolve(out.text())
        : reject(new DockerError(args, code, err.text() || out.text(), out.text())),
    );
  });
}

function collect(stream: NodeJS.ReadableStream, { onLine, endless }: DockerOptions) {
  let chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => {
    if (endless) chunks = [];
    chunks.push(chunk);
  });
  if (onLine) eachLine(stream, onLine);
  return { text: () => Buffer.concat(chunks).toString() };
}
