import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Lane, openPermitOffice, type PermitOffice } from "../../../test/run/permits";

const root = join(__dirname, "..", "..", "..");

let office: PermitOffice;
beforeEach(async () => (office = await openPermitOffice(1)));
afterEach(() => office.close());

/** A lane, and whether it may work by now. */
function asking() {
  const lane = new Lane(office.address);
  const state = { lane, works: false, taken: Promise.resolve() };
  state.taken = lane.take().then(() => void (state.works = true));
  return state;
}

/** Long enough for every message that is on its way: each of them takes a turn of the loop or two. */
const settle = async () => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

it("lets one file work at a time where there is one permit, in the order in which they ask", async () => {
  const first = asking();
  await first.taken;
  const [second, third] = [asking(), asking()];
  await settle();
  expect([second.works, third.works]).toEqual([false, false]);
  first.lane.give();
  await second.taken;
  await settle();
  expect(third.works).toBe(false);
  second.lane.give();
  await third.taken;
});

it("goes to another file while one waits, and comes back after", async () => {
  const [first, second] = [asking(), asking()];
  await first.taken;
  let goesOn = false;
  const lent = first.lane.lend(() => second.taken).then(() => void (goesOn = true));
  await second.taken;
  await settle();
  expect(goesOn).toBe(false);
  second.lane.give();
  await lent;
  expect(first.lane.waitedSeconds).toBeGreaterThan(0);
});

it("is asked for once, however many things a file waits for at a time", async () => {
  const [first, second] = [asking(), asking()];
  await first.taken;
  let end = () => undefined as void;
  const long = first.lane.lend(() => new Promise<void>((resolve) => (end = resolve)));
  await first.lane.lend(() => second.taken);
  second.lane.give();
  const third = asking();
  await third.taken;
  end();
  third.lane.give();
  await long;
});

it("is free again when its holder is killed, and is not given to one who was killed as it waited", async () => {
  const program = `
    const { Lane } = require("./test/run/permits.ts");
    new Lane(process.argv[1]).take().then(() => console.log("works"));
    setInterval(() => undefined, 1000);`;
  const command = ["--require", "./loader/register.cjs", "--eval", program, office.address];
  const start = () => spawn(process.execPath, command, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const holder = start();
  await once(holder.stdout, "data");
  const first = asking();
  const second = asking();
  await settle();
  first.lane.give();
  expect(second.works).toBe(false);
  holder.kill("SIGKILL");
  await second.taken;
  await first.taken;
});

it("is nobody's to mind where there is no office, or none any more", async () => {
  await new Lane().lend(async () => undefined);
  const waiting = [asking(), asking()];
  office.close();
  await Promise.all(waiting.map(({ taken }) => taken));
});
