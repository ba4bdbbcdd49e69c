import { readFileSync, writeFileSync } from "node:fs";
import { parse } from "yaml";
import type { TestStack } from "./stack";

/** Counted by environment.cjs. */
declare const failedTests: number;

/**
 * What is tested on a stack that others use as well. It finds the stack as its settings say, and leaves it so: what it made
 * beside is gone in the end, while changed settings are put back for it.
 */
export interface Part<S> {
  /** What it is about. It is named in the report, and a word of it runs it alone: `npm test -- engine WORD`. */
  title: string;
  /** Whether it puts the stack up itself, from nothing on the engine; otherwise it finds it up. Default: it finds it up. */
  fromNothing?: boolean;
  /** Whether the stack is gone when it ends, as that is what it tests. Default: it is still there. */
  endsWithNothing?: boolean;
  /** Declares its tests. The stack is there from its first hook on. */
  tests(stack: () => S): void;
}

/** How the stack is had that a file's parts share. */
export interface Shared<S> {
  /** Makes it, with nothing on the engine. */
  make(): Promise<S>;
  stackOf(made: S): TestStack;
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
    beforeAll(async () => {
      failedBefore = failedTests;
      await holder.ready(part);
    });
    part.tests(() => holder.made);
    if (!part.endsWithNothing) it("leaves the stack as its settings say", () => holder.expectAsItShouldBe());
    afterAll(async () => {
      if (part.endsWithNothing) return holder.remove();
      if (failedTests === failedBefore) return;
      console.error(`"${title}" failed: its stack is taken down, and what comes next gets another one.`);
      await holder.remove();
    });
  });
}

/** The one stack that there is at a time. */
class Holder<S> {
  private current: { made: S; settings: unknown; isUp: boolean } | undefined;

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
    const { config } = settingsOf(stack);
    if (JSON.stringify(config) !== JSON.stringify((current?.settings as Settings).config)) {
      writeFileSync(stack.configFile, JSON.stringify(current?.settings));
      await stack.up();
    }
    const { code, output } = await stack.command("drift");
    expect({ code, output }).toEqual({ code: 0, output: `${stack.name}: as it should be.\n` });
  }

  async remove(): Promise<void> {
    const stack = this.current && this.stack;
    this.current = undefined;
    await stack?.remove();
  }

  private get stack(): TestStack {
    return this.shared.stackOf(this.made);
  }
}

interface Settings {
  config: Record<string, unknown>;
}

/** What the stack's settings file holds. JSON is YAML as well, so that it is written back as it is. */
function settingsOf({ configFile }: TestStack): Settings {
  return parse(readFileSync(configFile, "utf8")) as Settings;
}
