import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../imaging/cache";
import { type Chunk, chunksOf } from "../services/search/src/semantic/chunks";
import { type Embedder, loadModel } from "../services/search/src/semantic/model";
import { VectorStore } from "../services/search/src/semantic/store";
import { modelFolder } from "../services/search/test/model";
import { percentile, report, timed } from "./statistics";
import type { Row } from "./table";

const QUESTIONS = 50;
const NEAREST = 10;
/** Of what is really nearest, the store has to find at least this share. */
const LEAST_RECALL = 0.95;

/**
 * The vector store on what the project's own packages say of themselves, against a comparison of each vector with all others at
 * full precision.
 * @param parts how many parts of files, which the model reads first.
 */
export async function benchSearchMeaning(parts: number): Promise<Row[]> {
  const { folder, remove } = await modelFolder();
  const index = mkdtempSync(join(tmpdir(), "bench-index-"));
  const model = await loadModel(folder, 2);
  const store = new VectorStore(index);
  try {
    const chunks = partsOf(join(projectRoot, "node_modules"), parts + QUESTIONS);
    const began = performance.now();
    const vectors = await embedded(model, chunks);
    const each = (performance.now() - began) / chunks.length;
    console.log(`the model reads a part in ${each.toFixed(1)} ms, with 2 threads`);
    const questions = vectors.splice(0, QUESTIONS);
    vectors.forEach((vector, at) => {
      const chunk = chunks[at + QUESTIONS] as Chunk;
      store.replace(`/bench/${at}`, "", [{ ...chunk, vector }]);
    });
    let found = 0;
    const times = { ours: [] as number[], theirs: [] as number[] };
    for (const question of questions) {
      let ours: string[] = [];
      let theirs: string[] = [];
      times.ours.push(
        await timed(async () => (ours = store.nearest(question, NEAREST, "/bench").map(({ path }) => path))),
      );
      times.theirs.push(await timed(async () => (theirs = nearest(question, vectors))));
      found += ours.filter((path) => theirs.includes(path)).length;
    }
    const recall = found / (QUESTIONS * NEAREST);
    console.log(report(`search among ${vectors.length} vectors`, times.ours));
    console.log(report("the same at full precision, by brute force", times.theirs));
    console.log(`recall at ${NEAREST}: ${recall.toFixed(3)}`);
    if (recall < LEAST_RECALL) throw new Error(`The vector store finds only ${recall} of what is nearest`);
    return [
      {
        what: `semantic search, recall ${recall.toFixed(3)}`,
        ours: percentile(times.ours, 0.5),
        peer: { name: "brute force", time: percentile(times.theirs, 0.5) },
        goal: { ratio: 3 },
      },
    ];
  } finally {
    await model.close();
    store.close();
    rmSync(index, { recursive: true });
    remove();
  }
}

/** Parts of the packages' own descriptions, the first of each until there are enough. */
function partsOf(folder: string, most: number): Chunk[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /(^|\/)readme\.md$/i.test(path))
    .sort();
  const all = files.map((path) => chunksOf(path, readFileSync(join(folder, path), "utf8"), 20));
  const chunks: Chunk[] = [];
  for (let at = 0; at < 20 && chunks.length < most; at += 1)
    chunks.push(...all.flatMap((of) => of.slice(at, at + 1)));
  return chunks.slice(0, most);
}

async function embedded(model: Embedder, chunks: readonly Chunk[]): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (let at = 0; at < chunks.length; at += 8)
    vectors.push(...(await model.embed(chunks.slice(at, at + 8).map(({ text }) => text))));
  return vectors;
}

function nearest(question: Float32Array, vectors: readonly Float32Array[]): string[] {
  return vectors
    .map((vector, at) => ({
      path: `/bench/${at}`,
      product: vector.reduce((sum, x, i) => sum + x * (question[i] ?? 0), 0),
    }))
    .sort((one, other) => other.product - one.product)
    .slice(0, NEAREST)
    .map(({ path }) => path);
}
