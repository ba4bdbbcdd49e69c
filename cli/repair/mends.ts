import type { Topology } from "../../topology";
import type { StackArguments } from "../arguments";
import { ensureStack, pulumi, releaseLocks, type StateResource, stackState } from "../pulumi";
import { SetupError } from "../setup/step";
import { adopt, type Adopted, emptied } from "./adopt";
import { exportState, importState } from "./adopt/deployment";
import { passwordsInUse } from "./adopt/secrets";
import { type Diagnosis, diagnose } from "./diagnosis";
import { type Gone, goneObjects } from "./gone";
import { halfDeletedUsers, withoutThese } from "./half-deleted";
import { removeLeftover } from "./leftovers";
import type { Lock } from "./lock";
import { containersByName, type FoundContainer, labelledObjects } from "./objects";
import { endProviders, orphanedProviders } from "./orphans";
import { dropSalt, hasIdleSalt } from "./salt";

/** One thing that a repair does, said before it is done. */
export interface Mend {
  will: string;
  apply(): Promise<unknown>;
}

/** A stack as its state, the engine and its settings show it. */
interface Look {
  containers: ReadonlyMap<string, FoundContainer>;
  resources: StateResource[];
  pending: number;
  diagnosis: Diagnosis;
  gone: Gone[];
}

/** The mends that free the state for everything else. */
export async function lockMends({ stack }: StackArguments, stale: readonly Lock[]): Promise<Mend[]> {
  if (stale.length === 0) return [];
  const orphans = await orphanedProviders();
  return [
    ...(orphans.length > 0
      ? [
          {
            will: `end ${orphans.length} provider process(es) of the update that was killed: ${orphans.join(", ")}`,
            apply: async () => endProviders(orphans),
          },
        ]
      : []),
    ...stale.map(({ pid, timestamp }, index) => ({
      will: `release the lock of process ${pid}, which ended without doing so (taken ${timestamp})`,
      // One command releases all of them.
      apply: async () => (index === 0 ? releaseLocks({ stack }) : 0),
    })),
  ];
}

/**
 * The mends that bring state and engine together again. Each looks again before it acts, as those before it may have
 * changed what there is.
 * @param isThere whether the backend has the stack
 * @throws SetupError where only a person can decide
 */
export async function stateMends(
  stack: StackArguments,
  topology: Topology,
  isThere: boolean,
): Promise<Mend[]> {
  const { diagnosis, pending, gone, resources } = await look(stack, topology, isThere);
  if (diagnosis.refusal) throw new SetupError(`${diagnosis.refusal} Nothing was changed.`);
  const { adopt: found, remove, lost } = diagnosis;
  const salt = !isThere && found.length > 0 && hasIdleSalt(stack);
  return [
    ...(salt
      ? [
          {
            will: "take the salt of the lost passphrase out of the settings file, which encrypts nothing",
            apply: async () => dropSalt(stack),
          },
        ]
      : []),
    ...(isThere || found.length === 0
      ? []
      : [
          {
            will: `make the stack "${stack.stack}" in the backend, which has none of that name`,
            apply: () => ensureStack(stack),
          },
        ]),
    ...remove.map((leftover) => ({
      will: `remove the ${leftover.kind} ${leftover.name}, which an update made and did not note (it holds no data)`,
      apply: () => removeLeftover(leftover),
    })),
    ...(pending > 0 && !lost
      ? [
          {
            will: `drop ${pending} unfinished operation(s) from the state, and read the rest from the engine`,
            apply: () => dropUnfinished(stack),
          },
        ]
      : []),
    ...(lost && resources.length > 0
      ? [
          {
            will: `forget ${resources.length} resource(s) that were noted after the state was lost, and that nothing runs with`,
            apply: async () => importState(stack, emptied(await exportState(stack))),
          },
        ]
      : []),
    ...(found.length > 0 ? [adoption(stack, topology, diagnosis)] : []),
    ...(gone.length > 0 && pending === 0 && !lost
      ? [
          {
            will: `forget what is gone, so that the next update makes it anew: ${gone.map(goneText).join(", ")}`,
            apply: () => readBack(stack),
          },
        ]
      : []),
  ];
}

function adoption(
  stack: StackArguments,
  topology: Topology,
  { adopt: found, lost, environment = "" }: Diagnosis,
): Mend {
  const names = found.map(({ name }) => name).join(", ");
  return {
    will: lost
      ? `rebuild the lost state from what runs, without touching it: ${names}. If another state still has these (another ` +
        "user's, or another checkout's with a state of its own), stop here: two states must not have the same containers"
      : `take into the state what runs and is not in it, without touching it: ${names}`,
    apply: async () => {
      const { containers } = await look(stack, topology, true);
      const passwords = passwordsInUse(topology, containers);
      const adopted = await adopt(stack, { environment, containers, lost, passwords }, async () => {
        if ((await readBack(stack)) !== 0)
          throw new SetupError(
            "The engine could not be read; the message above says why. Then run this again.",
          );
      });
      console.log(`  ${adopted.length} resources were taken into the state.`);
      differing(adopted).forEach((line) => console.log(`  ${line}`));
      return 0;
    },
  };
}

/** What the next update will do with what is not as it is wanted, a sentence each. */
function differing(adopted: readonly Adopted[]): string[] {
  const written = adopted.filter(({ type }) => type === "mcpdocker:index:LiveConfig");
  const other = adopted.filter((one) => one.without.length > 0 && !written.includes(one));
  return [
    ...other.map(
      ({ name, without }) =>
        `${name} runs with other ${without.join(", ")} than wanted: the next update replaces it.`,
    ),
    ...(written.length > 0
      ? [
          "What programs follow as they run is written anew by the next update, with new certificates and new keys of clients, " +
            "as the old ones can't be read back; `npm run clients` shows them.",
        ]
      : []),
  ];
}

/** Drops what was left unfinished; users whose deletion was begun are made again by the next update. */
async function dropUnfinished(stack: StackArguments): Promise<number> {
  const state = await exportState(stack);
  const users = halfDeletedUsers(state);
  if (users.length > 0) await importState(stack, withoutThese(state, users));
  return readBack(stack);
}

/** Reads the state's resources from the engine, forgets those that are gone, and drops what was left unfinished. */
function readBack(stack: StackArguments): Promise<number> {
  return pulumi(["refresh", "--yes", "--skip-preview", "--clear-pending-creates"], stack);
}

async function look(stack: StackArguments, topology: Topology, isThere: boolean): Promise<Look> {
  const [{ resources, pending }, objects] = await Promise.all([
    isThere ? stackState(stack) : { resources: [], pending: [] },
    labelledObjects(stack.stack),
  ]);
  const containers = await containersByName(objects);
  return {
    containers,
    resources,
    pending: pending.length,
    diagnosis: diagnose({ topology, resources, objects, containers }),
    gone: await goneObjects(resources),
  };
}

function goneText({ noun, name, held }: Gone): string {
  return `${noun} ${name}${held ? " (with its data: the next update makes an empty one)" : ""}`;
}
