/** A path or an operation that is refused, in words for the client; they say nothing of what is outside the roots. */
export class AccessError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "AccessError";
  }
}

/** There is nothing at a path, so that a caller may make it. */
export class AbsentError extends AccessError {}

const WORDS: Record<string, string> = {
  EACCES: "the server may not do that here",
  EEXIST: "there is something of that name already",
  EISDIR: "it is a folder",
  ELOOP: "a link took its place meanwhile",
  ENAMETOOLONG: "a name in it is too long",
  ENOENT: "there is no such file or folder",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of it is no folder",
  ENOTEMPTY: "the folder is not empty",
  EPERM: "the server may not do that here",
  EROFS: "it is mounted read-only",
  EXDEV: "source and destination are on different file systems",
};

/** An operating system's error as one of the client's own, with the path as the client gave it. */
export function refusal(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (error instanceof AccessError || !(error instanceof Error) || !(code in WORDS)) return error;
  const message = `${path}: ${WORDS[code]}`;
  return code === "ENOENT" ? new AbsentError(message) : new AccessError(message);
}
