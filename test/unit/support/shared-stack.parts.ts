import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { onSharedStack, type Part } from "../../engine/support/shared-stack";
import type { TestStack } from "../../engine/support/stack";

const log = process.env.PARTS_LOG ?? "";
const say = (line: string) => appendFileSync(log, `${line}\n`);

/** A stack that only says what is done to it. Its settings file is all that it has. */
class SaidStack {
  private static count = 0;
  readonly name = `stack ${(SaidStack.count += 1)}`;
  readonly configFile = `${log}-${SaidStack.count}.yaml`;
  isSpoilt = false;

  constructor() {
    this.configure("first");
    say(`${this.name} is made`);
  }

  configure(setting: string): void {
    writeFileSync(this.configFile, `encryptionsalt: v1\nconfig: { mcp:setting: ${setting} }\n`);
  }

  up(): void {
    const [, setting] = /mcp:setting"?: ?"?(\w+)/.exec(readFileSync(this.configFile, "utf8")) ?? [];
    say(`${this.name} is put up with the ${setting} setting`);
  }

  command(): { code: number; output: string } {
    return this.isSpoilt
      ? { code: 2, output: "a difference" }
      : { code: 0, output: `${this.name}: as it should be.\n` };
  }

  remove(): void {
    rmSync(this.configFile);
    say(`${this.name} is removed`);
  }
}

/** A part that only says that it was there, and then does something to the stack. */
function part(title: string, act: (stack: SaidStack) => void, options: Partial<Part<SaidStack>> = {}) {
  const tests = (stack: () => SaidStack) => {
    it("is there", () => {
      say(`${title} is on ${stack().name}`);
      act(stack());
    });
    it("is still there", () => undefined);
  };
  return { title, tests, ...options } satisfies Part<SaidStack>;
}

const fail = () => {
  throw new Error("on purpose");
};

onSharedStack<SaidStack>(
  {
    make: async () => new SaidStack(),
    stackOf: (made) => made as unknown as TestStack,
    end: ({ name }) => say(`what was beside ${name} is removed`),
  },
  [
    part("beginning", () => say("nothing is up"), { fromNothing: true }),
    part("changing", (stack) => stack.configure("second")),
    part("failing", fail),
    part("spoiling", (stack) => (stack.isSpoilt = true)),
    part("cleaning", () => undefined, {
      tests: (stack) => {
        it("is there", () => say(`cleaning is on ${stack().name}`));
        describe("in the end", () => {
          it("fails", () => undefined);
          afterAll(fail);
        });
      },
    }),
    part("resting", () => undefined),
    part("beginning again", () => undefined, { fromNothing: true }),
    part("ending", () => undefined, { endsWithNothing: true }),
    part("remaining", () => undefined),
  ],
);
