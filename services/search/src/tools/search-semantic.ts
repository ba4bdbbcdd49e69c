import { posix } from "node:path";
import type { CallToolResult } from "@modelcontextprotocol/server";
import { z } from "zod";
import { AccessError } from "../../../filesystem/src/confined/errors";
import { readWhole } from "../../../filesystem/src/confined/files";
import type { Roots } from "../../../filesystem/src/confined/roots";
import { argumentsOf } from "../../../host/arguments";
import { failed } from "../../../host/tool-result";
import type { Progress } from "../semantic/indexer";
import type { Near } from "../semantic/store";
import type { SemanticContext } from "./context";

const LARGEST = 16 * 1024 * 1024;

const input = argumentsOf({
  query: z.string().min(1).max(4000).describe("What is looked for, in words: a question, or a description"),
  path: z.string().default(".").describe("The folder to search below; without it, the first root"),
  limit: z.number().int().min(1).max(100).default(10).describe("Most places"),
});

const output = z.object({
  places: z.array(
    z.object({
      path: z.string(),
      firstLine: z.number().int(),
      lastLine: z.number().int(),
      score: z.number().describe("1 for the same meaning, 0 for none in common"),
      text: z.string(),
    }),
  ),
  indexed: z.number().int().describe("Files that are in the index as they are now"),
  files: z.number().int().describe("Files that are to be in it"),
});

/** `search_semantic`: places whose meaning is near to a question, whatever their words are. */
export function registerSearchSemantic({ server, roots, index }: SemanticContext): void {
  server.registerTool(
    "search_semantic",
    {
      title: "Search by meaning",
      description:
        "Finds places in text files by their meaning: code that does what is described, or text that answers a question, " +
        "though it uses other words. For exact words, search_code is better.",
      inputSchema: input,
      outputSchema: output,
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    },
    async ({ query, path, limit }): Promise<CallToolResult> => {
      try {
        const { root, parts } = roots.locate(path);
        const near = await index.nearest(query, limit, posix.join(root.path, ...parts));
        const places = await Promise.all(
          near.map(async (place) => ({ ...place, text: await linesOf(roots, place) })),
        );
        return result(places, index.status);
      } catch (error) {
        return failed(error instanceof AccessError ? error.message : "The search failed");
      }
    },
  );
}

/** What stands there now; nothing where the file went meanwhile. */
async function linesOf(roots: Roots, { path, first, last }: Near): Promise<string> {
  try {
    const content = await readWhole(roots.locate(path), { bytes: LARGEST, hardLinks: true });
    return content
      .toString()
      .split(/\r?\n/)
      .slice(first - 1, last)
      .map((line) => line.slice(0, 1000))
      .join("\n");
  } catch (error) {
    if (error instanceof AccessError) return "";
    throw error;
  }
}

function result(places: (Near & { text: string })[], progress: Progress): CallToolResult {
  const { indexed, files } = progress;
  const shown = places.map(
    ({ path, first, last, score, text }) => `${path}:${first}-${last} (${score.toFixed(2)})\n${text}`,
  );
  if (places.length === 0) shown.push("Nothing was found");
  if (!progress.complete) shown.push(describeProgress(progress));
  return {
    content: [{ type: "text", text: shown.join("\n\n") }],
    structuredContent: {
      places: places.map(({ path, first, last, score, text }) => ({
        path,
        firstLine: first,
        lastLine: last,
        score,
        text,
      })),
      indexed,
      files,
    },
  };
}

/** How far the index is, in words. */
export function describeProgress({ indexed, files, full, complete }: Progress): string {
  const state = `${indexed} of ${files} files are in the index`;
  if (full) return `${state}; it is full: SEARCH_INDEX_CHUNKS allows no more`;
  return complete ? state : `${state}; the others are being read`;
}
