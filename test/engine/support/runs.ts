import type { TestStack } from "./stack";

/**
 * Which run of a container this is, its ID and when it was started: nothing that leaves it alone changes that.
 * @param services all that the stack has on the engine unless told otherwise
 */
export async function runsOf(stack: TestStack, services?: readonly string[]): Promise<string[]> {
  const asked =
    services ?? (await stack.onEngine("container")).map((name) => name.slice(stack.prefix.length));
  return Promise.all(
    asked.map(async (service) => {
      const { Id, State } = await stack.container(service);
      return `${Id} ${State.StartedAt}`;
    }),
  );
}
