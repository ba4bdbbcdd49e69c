import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { InferenceSession, Tensor } from "onnxruntime-node";

/** How many numbers the model gives for a text. */
export const DIMENSIONS = 384;
/** More of a text the model was not trained with; the rest does not count. */
const MOST_TOKENS = 256;

/** Gives a vector of length 1 for each text; texts that mean something similar have vectors that point the same way. */
export interface Embedder {
  embed: (texts: readonly string[]) => Promise<Float32Array[]>;
  close: () => Promise<void>;
}

/**
 * Loads the model out of a folder with `model.onnx` and `tokenizer.json`. It computes outside of JavaScript's thread.
 * @param threads how many threads it computes with.
 */
export async function loadModel(folder: string, threads: number): Promise<Embedder> {
  const tokenizer = new Tokenizer(
    JSON.parse(readFileSync(join(folder, "tokenizer.json"), "utf8")) as object,
    {},
  );
  const session = await InferenceSession.create(join(folder, "model.onnx"), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // What a large batch took is given back, not kept for the next one.
    enableCpuMemArena: false,
  });
  return {
    embed: async (texts) => {
      const tokens = texts.map((text) => shortened(tokenizer.encode(text).ids));
      const length = Math.max(...tokens.map((ids) => ids.length));
      const size = [texts.length, length];
      const ids = new BigInt64Array(texts.length * length);
      const mask = new BigInt64Array(texts.length * length);
      tokens.forEach((row, text) =>
        row.forEach((id, at) => {
          ids[text * length + at] = BigInt(id);
          mask[text * length + at] = 1n;
        }),
      );
      const { embedding } = await session.run({
        input_ids: new Tensor("int64", ids, size),
        attention_mask: new Tensor("int64", mask, size),
      });
      const all = embedding?.data as Float32Array;
      return texts.map((_, text) => all.slice(text * DIMENSIONS, (text + 1) * DIMENSIONS));
    },
    close: () => session.release(),
  };
}

/** Of a text that is too long, its begin and the mark of its end. */
function shortened(ids: readonly number[]): readonly number[] {
  const end = ids.at(-1);
  return ids.length <= MOST_TOKENS || end === undefined ? ids : [...ids.slice(0, MOST_TOKENS - 1), end];
}
