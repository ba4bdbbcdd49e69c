import { type Classes, faults, mixedPlan } from "../../engine/support/faults";
import { seededRandom } from "../../rounds";

const classes: Classes = {
  alone: ["one"],
  pair: ["two", "three"],
  many: ["four", "five", "six", "seven", "eight"],
};
const seeds = Array.from({ length: 50 }, (_, index) => index + 1);
const plans = seeds.map((seed) => mixedPlan(classes, seededRandom(seed)));

test.each(Object.entries(classes))(
  "whatever the seed, %s get each fault, and each of them one",
  (_, services) => {
    for (const plan of plans) {
      const given = services.map((service) => plan.get(service) ?? []);
      expect(new Set(given.flat())).toEqual(new Set(faults));
      expect(given.filter((some) => some.length === 0)).toEqual([]);
      expect(given.flat()).toHaveLength(Math.max(services.length, faults.length));
    }
  },
);

test("over the seeds, each service gets each fault", () => {
  for (const service of Object.values(classes).flat())
    expect(new Set(plans.flatMap((plan) => plan.get(service)))).toEqual(new Set(faults));
});
