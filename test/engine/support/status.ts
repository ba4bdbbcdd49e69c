import type { StackStatus } from "../../../cli/operate/status/types";
import type { TestStack } from "./stack";

/** What `status --json` says of a stack, with what it ends with. */
export async function statusOf(
  stack: TestStack,
  ...options: string[]
): Promise<StackStatus & { code: number }> {
  const { code, output } = await stack.command("status", "--json", ...options);
  return { ...(JSON.parse(output) as StackStatus), code };
}

/** Expects that every service is healthy, once the engine has looked at those that were just started. */
export async function expectHealthy(stack: TestStack): Promise<void> {
  await stack.verdicts();
  expect(await statusOf(stack, "--unhealthy")).toMatchObject({ code: 0, services: [] });
}
