import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** A copy of what images are made of, to change at will. */
export interface ProjectCopy {
  readonly root: string;
  /** Changes a file's text; without a change it gets a line more. */
  edit(file: string, change?: (text: string) => string): void;
}

let root = "";

/** Gives every test of a file a copy of what the keys of images are made from, gone afterwards. */
export function useProjectCopy(): ProjectCopy {
  beforeEach(() => (root = copyProject()));
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }));
  return {
    get root() {
      return root;
    },
    edit(file, change = (text) => `${text}\n# changed\n`) {
      const full = path.join(root, file);
      fs.writeFileSync(full, change(fs.readFileSync(full, "utf8")));
    },
  };
}

/** imaging/cache.ts with the copy as the project, to be put in its place. */
export function cacheOfCopy(): object {
  return {
    ...jest.requireActual<object>("../../../imaging/cache"),
    get projectRoot() {
      return root;
    },
  };
}

function copyProject(): string {
  const from = path.resolve(__dirname, "../../..");
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-project-"));
  const filter = (source: string) => !source.includes("node_modules");
  for (const name of ["images", "services", "package-lock.json"])
    fs.cpSync(path.join(from, name), path.join(copy, name), { recursive: true, filter });
  return copy;
}
