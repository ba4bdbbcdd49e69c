import { readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import type { TestStack } from "./stack";

/** Tests and hooks of this file that have failed so far: counted by test/run/environment.ts. */
declare const failures: number;

/**
 * What is tested on a stack that others use as well. It finds the stack as its settings say, and leaves it so: what it made
 * beside is gone in the end, while changed settings are put back for it.
 */
export interface Part<S> {
  /** What it is about. It is named in the report, and a word of it runs it alone: `npm test -- engine WORD`. */
  title: string;
  /** Whether it puts the stack up itself, from nothing on the engine. Default: it finds the stack up. */
  fromNothing?: boolean;
  /** Whether it takes the stack down, or leaves it so that nobody can use it. Default: it leaves it as its settings say. */
  endsWithNothing?: boolean;
  /** Declares its tests. The stack is there from its first hook on. */
  tests(stack: () => S): void;
}

/** How the stack is had that a file's parts share. */
export interface Shared<S> {
  /** Makes it, with nothing on the engine. */
  make(): Promise<S>;
  stackOf(made: S): TestStack;
  /** Removes what was made beside the stack, which is off the engine by then. Default: nothing was. */
  end?(made: S): void | Promise<void>;
}

/**
 * Declares the tests of all parts, one after the other on one stack. It is put up by the first that needs it, so that each
 * part runs alone as well. A part that fails, or does not leave the stack as its settings say, marks it: the next part gets
 * one from nothing, so that no part fails because of another.
 */
export function onSharedStack<S>(shared: Shared<S>, parts: readonly Part<S>[]): void {
  const holder = new Holder(shared);
  afterAll(() => holder.remove());
  describe.each(parts.map((part) => [part.title, part] as const))("%s", (title, part) => {
    let failedBefore = 0;
    // Where only some of its tests are asked for, the last one is not among them.
    let isLeftClean = false;
    beforeAll(async () => {
      failedBefore = failures;
      await holder.ready(part);
    });
    part.tests(() => holder.made);
    if (!part.endsWithNothing)
      it("leaves the stack as its settings say", async () => {
        await holder.expectAsItShouldBe();
        isLeftClean = true;
      });
    afterAll(async () => {
      const hasFailed = failures > failedBefore;
      if (isLeftClean && !hasFailed) return;
      if (hasFailed) console.error(`"${title}" failed: what comes after it gets another stack.`);
      await holder.remove();
    });
  });
}

/** The one stack that there is at a time. */
class Holder<S> {
  private current: { made: S; settings: Settings; isUp: boolean } | undefined;

  constructor(private readonly shared: Shared<S>) {}

  get made(): S {
    if (!this.current) throw new Error("The stack is there from the first hook of a part on.");
    return this.current.made;
  }

  async ready({ fromNothing = false }: Part<S>): Promise<void> {
    if (fromNothing && this.current?.isUp) await this.remove();
    if (!this.current) {
      const made = await this.shared.make();
      this.current = { made, settings: settingsOf(this.shared.stackOf(made)), isUp: false };
    }
    if (!fromNothing && !this.current.isUp) await this.stack.up();
    this.current.isUp = true;
  }

  /** Puts changed settings back, then expects that state, program and engine agree. */
  async expectAsItShouldBe(): Promise<void> {
    const { stack, current } = this;
    if (current && !isDeepStrictEqual(settingsOf(stack).config, current.settings.config)) {
      // JSON is YAML as well.
      writeFileSync(stack.configFile, JSON.stringify(current.settings));
      await stack.up();
    }
    const { code, output } = await stack.command("drift");
    expect({ code, output }).toEqual({ code: 0, output: `${stack.name}: as it should be.\n` });
  }

  async remove(): Promise<void> {
    if (!this.current) return;
    const { made } = this.current;
    this.current = undefined;
    await this.shared.stackOf(made).remove();
    await this.shared.end?.(made);
  }

  private get stack(): TestStack {
    return this.shared.stackOf(this.made);
  }
}

/** What is in the stack's settings file. */
interface Settings {
  config: Record<string, unknown>;
}

/** Pulumi writes numbers as text whenever it saves the file; that is no change. */
function settingsOf({ configFile }: TestStack): Settings {
  const { config, ...others } = parse(readFileSync(configFile, "utf8")) as Settings;
  const asSaved = (value: unknown) => (typeof value === "number" ? String(value) : value);
  const saved = Object.entries(config).map(([key, value]) => [key, asSaved(value)] as const);
  return { ...others, config: Object.fromEntries(saved) };
}
