import { readFileSync, writeFileSync } from "node:fs";
import { parse } from "yaml";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import type { Small } from "./stack";

function tests(small: () => Small) {
  let stack: TestStack;
  beforeAll(() => ({ stack } = small()));

  it("is changed by one command after the other, and the second says whom it waits for", async () => {
    const rebuild = () => stack.command("rebuild", "postgres-mcp", "--force");
    const both = await Promise.all([rebuild(), rebuild()]);
    const output = both.map((one) => one.output).join("\n");
    expect({ codes: both.map(({ code }) => code), output }).toMatchObject({ codes: [0, 0] });
    expect(output).toMatch(
      new RegExp(`"${stack.name}" is in use by process \\d+ \\(pulumi up\\) on .*, since `),
    );
    expect(output).not.toMatch(/pulumi cancel/);
  });

  it("keeps its settings file as somebody wrote it, whatever is run, but for the salt", async () => {
    const text = readFileSync(stack.configFile, "utf8");
    const { config } = parse(text) as { config: Record<string, unknown> };
    const lines = Object.entries(config).map(([key, value]) => `    "${key}":   ${JSON.stringify(value)}`);
    const byHand = `# By hand.\n\nconfig: # all of it\n${lines.join("\n\n")}\n`;
    // As in a clone whose salt is only in the state.
    stack.environment.PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER = "true";
    try {
      for (const command of [["preview"], ["drift"], ["rebuild", "postgres-mcp"]]) {
        writeFileSync(stack.configFile, byHand);
        const { code, output } = await stack.command(...(command as [string, ...string[]]));
        expect({ command, code, output }).toMatchObject({ code: 0 });
        expect(readFileSync(stack.configFile, "utf8").replace(/^encryptionsalt: \S+\n/m, "")).toBe(byHand);
      }
    } finally {
      writeFileSync(stack.configFile, text);
      delete stack.environment.PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER;
    }
  });
}

export const inUse: Part<Small> = { title: "a stack that others use", tests };
