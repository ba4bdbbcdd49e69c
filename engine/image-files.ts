import { spawn } from "node:child_process";
import { pipeline } from "node:stream/promises";
import { extract, type Headers } from "tar-stream";
import { docker, DockerError } from "./docker";

/** A regular file of an image, as it is met. */
export interface ImageFile {
  /** From the image's root, without a slash in front. */
  path: string;
  /** In bytes. */
  size: number;
  executable: boolean;
}

/**
 * Goes through the files of an image and hands over those that are wanted. Nothing of the image is run.
 * @throws DockerError where the engine can't give the image's files.
 */
export async function readImage(
  imageId: string,
  wanted: (file: ImageFile) => boolean,
  take: (path: string, content: Buffer) => void,
): Promise<void> {
  const container = (await docker(["container", "create", "--network", "none", imageId, "true"])).trim();
  try {
    await readArchive(["container", "export", container], wanted, take);
  } finally {
    await docker(["container", "rm", "--volumes", container]);
  }
}

/** The same of an archive that a docker command writes to its standard output. */
async function readArchive(
  args: readonly string[],
  wanted: (file: ImageFile) => boolean,
  take: (path: string, content: Buffer) => void,
): Promise<void> {
  const child = spawn("docker", args, { stdio: ["ignore", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (data: Buffer) => (complaint += data.toString()));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", (error) => reject(new DockerError(args, null, error.message)));
    child.on("close", resolve);
  });
  const read = pipeline(child.stdout, reader(wanted, take));
  read.catch(() => undefined); // why there was no whole archive, Docker says better
  const code = await ended;
  if (code !== 0) throw new DockerError(args, code, complaint);
  await read;
}

function reader(wanted: (file: ImageFile) => boolean, take: (path: string, content: Buffer) => void) {
  return extract().on("entry", (header, content, next) => {
    const file = asFile(header);
    const chunks: Buffer[] = [];
    if (file && wanted(file)) content.on("data", (chunk: Buffer) => chunks.push(chunk));
    content.on("end", () => {
      if (file && chunks.length > 0) take(file.path, Buffer.concat(chunks));
      next();
    });
    content.resume();
  });
}

function asFile({ type, name, size = 0, mode = 0 }: Headers): ImageFile | undefined {
  if (type !== "file") return undefined;
  return { path: name.replace(/^\.?\//, ""), size, executable: (mode & 0o111) !== 0 };
}
