import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/server";
import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
import { readWhole } from "../confined/files";
import type { ToolContext } from "./context";
import { answer, READS } from "./result";

/** What clients show or play; everything else is a resource of bytes. */
const MEDIA: Record<string, string> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".bmp": "image/bmp",
  ".svg": "image/svg+xml",
  ".mp3": "audio/mpeg",
  ".wav": "audio/wav",
  ".ogg": "audio/ogg",
  ".flac": "audio/flac",
};

/** `read_media_file`: a file's bytes, as an image, as sound or as a resource. */
export function registerReadMediaFile({ server, roots, settings }: ToolContext): void {
  server.registerTool(
    "read_media_file",
    {
      title: "Read a media file",
      description: "Reads a file's bytes: an image or a sound as such, any other file as a resource.",
      inputSchema: argumentsOf({ path: z.string().describe("The file") }),
      annotations: READS,
    },
    ({ path }): Promise<CallToolResult> =>
      answer(async () => {
        const data = (await readWhole(roots.locate(path), settings.read)).toString("base64");
        return { content: [block(path, data)] };
      }),
  );
}

function block(path: string, data: string): ContentBlock {
  const mimeType = MEDIA[extname(path).toLowerCase()] ?? "application/octet-stream";
  if (mimeType.startsWith("image/")) return { type: "image", data, mimeType };
  if (mimeType.startsWith("audio/")) return { type: "audio", data, mimeType };
  return { type: "resource", resource: { uri: pathToFileURL(path).href, mimeType, blob: data } };
}
