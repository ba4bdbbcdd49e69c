import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ImageSource } from "../imaging";
import type { Settings } from "./schema";

/** Where set-up leaves what it found to work; part of this checkout only, never of git. */
export const imageSourceFile = join(__dirname, "..", ".local", "image-source");

/**
 * The source of images: the setting where it names one, else the environment variable MCP_IMAGE_SOURCE, else what
 * set-up found to work on this machine, else the registry. Never asks the network.
 */
export function chosenImageSource(setting: Settings["imageSource"]): ImageSource {
  return decidedImageSource(setting)?.source ?? "registry";
}

/** The source that is decided, and by what; undefined where nothing decides it yet. */
export function decidedImageSource(
  setting: Settings["imageSource"],
): { source: ImageSource; by: string } | undefined {
  if (setting !== "auto") return { source: setting, by: "the setting mcp:imageSource" };
  const forced = imageSourceFrom(process.env.MCP_IMAGE_SOURCE);
  if (forced) return { source: forced, by: "the environment variable MCP_IMAGE_SOURCE" };
  const found = imageSourceFrom(readIfThere(imageSourceFile));
  return (
    found && { source: found, by: `an earlier set-up (delete ${imageSourceFile} to have it look again)` }
  );
}

function imageSourceFrom(text: string | undefined): ImageSource | undefined {
  const word = text?.trim();
  return word === "registry" || word === "build" ? word : undefined;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
