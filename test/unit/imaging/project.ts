import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** A copy of what images are made of, to change at will. */
export interface ProjectCopy {
  root: string;
  /** Changes a file's text; without a change it gets a line more. */
  edit(file: string, change?: (text: string) => string): void;
  remove(): void;
}

/** Copies what the keys of images are made from into a folder of its own. */
export function copyProject(): ProjectCopy {
  const from = path.resolve(__dirname, "../../..");
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-project-"));
  const filter = (source: string) => !source.includes("node_modules");
  for (const name of ["images", "services", "package-lock.json"])
    fs.cpSync(path.join(from, name), path.join(root, name), { recursive: true, filter });
  return {
    root,
    edit(file, change = (text) => `${text}\n# changed\n`) {
      const full = path.join(root, file);
      fs.writeFileSync(full, change(fs.readFileSync(full, "utf8")));
    },
    remove: () => fs.rmSync(root, { recursive: true, force: true }),
  };
}
