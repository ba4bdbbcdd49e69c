import { projectExceptions } from "../../../policy/exceptions";
import { rules } from "../../../policy/rules";
import { type Asked, askContainers, sections } from "../support/cis";
import type { Part } from "../support/shared-stack";
import type { Whole } from "./stack";

function tests(whole: () => Whole) {
  let containers: Asked[];

  /** Where the benchmark is not followed by any service, and why. */
  const meantOfAll: Record<string, string> = {
    // It wants five tries, after which a service stays down. The engine's growing pauses bound restarts as well.
    "5.15": "unless-stopped",
  };

  beforeAll(async () => {
    containers = await askContainers(whole().stack.name);
  });

  it.each(Object.entries(sections).map(([number, { title }]) => [number, title]))(
    "holds section %s of the CIS Docker Benchmark, %s, but for exceptions with a reason",
    (number) => {
      expect(containers).toHaveLength(17);
      const of = (rule: string) => rules.find(({ id }) => id === rule)?.reference.includes(`CIS ${number}`);
      const isAskedFor = (service: string, value: string) =>
        number === "5.9" && service === "nginx" && value === `127.0.0.1:${whole().port}`;
      const isMeant = (service: string, value: string) =>
        meantOfAll[number] === value ||
        isAskedFor(service, value) ||
        projectExceptions.some(
          (exception) =>
            exception.service === service && of(exception.rule) && exception.values.includes(value),
        );
      const found = containers.flatMap((container) =>
        (sections[number]?.check(container) ?? [])
          .filter((value) => !isMeant(container.service, value))
          .map((value) => `${container.service}: ${value}`),
      );
      expect(found).toEqual([]);
    },
  );
}

export const benchmark: Part<Whole> = { title: "the CIS Docker Benchmark", tests };
