import { join } from "node:path";
import { mender } from "../../drift/fix";
import { checkoutAt, type HistoryEntry, provenanceOf } from "../../drift/provenance";
import type { DriftParts } from "../../drift/run";
import { CannotTell } from "../../drift/types";
import type { ImageSource } from "../../imaging";
import { configFileArgs, type StackArguments } from "../arguments";
import { useEnvironment } from "../environment";
import { commandLine } from "../operate/command-line";
import { notThereYet } from "../operate/not-there-yet";
import { root } from "../paths";
import { run } from "../process";
import { exportStack, openedSecrets, outputsIn, pulumi, stackHistory, stackState } from "../pulumi";
import { folderLocks, lockText } from "../repair/lock";
import { describeStack } from "../stack-file";
import { hasState, missingInState } from "../whose-state";

export interface DriftOptions {
  /** How long containers that are being restarted are waited for. */
  settleSeconds: number;
  /** Mends what can be mended without a risk. */
  fix: boolean;
}

/** All that drift is found with: the stack's settings, its state, where both come from, and how to mend. */
export async function driftParts(
  stack: StackArguments,
  { settleSeconds, fix }: DriftOptions,
): Promise<DriftParts> {
  await useEnvironment();
  const [exported, history, checkout] = await Promise.all([
    exportState(stack),
    stackHistory<HistoryEntry>(stack),
    checkoutAt(root),
  ]);
  const { imageSource: used } = outputsIn<{ imageSource: ImageSource }>(exported);
  let fresh: string | undefined = exported;
  const chosen = describeStack(stack).settings.imageSource;
  // What was chosen for another checkout counts, unless the settings say otherwise.
  const description = describeStack(stack, chosen === "auto" ? used : undefined);
  const given = description.topology.secrets.some(({ source }) => source.kind === "setting");
  return {
    ...description,
    settleSeconds,
    exportState: async () => {
      const text = fresh ?? (await exportState(stack));
      fresh = undefined; // the next one is to see what has changed since
      return text;
    },
    secrets: given ? await openedSecrets(stack) : {},
    provenance: await provenanceOf(history, stack.stack, description.settings, checkout),
    line: (command, words) => commandLine(command, stack, words),
    notes: () => notThereYet(stack, description.topology),
    ...(fix ? { mend: menderOf(stack, description.settings.healthTimeout) } : {}),
  };
}

async function exportState(stack: StackArguments): Promise<string> {
  const [running] = folderLocks(stack.stack).alive;
  if (running)
    throw new CannotTell(
      `An update of "${stack.stack}" is running: ${lockText(running)}. Look again when it has ended.`,
    );
  const text = await exportStack(stack);
  if (text === undefined) {
    if (!(await hasState(stack))) throw new CannotTell((await missingInState(stack, "anything")).message);
    throw new CannotTell(
      `The state of "${stack.stack}" can't be read. See why with: pulumi stack export --stack ${stack.stack} ` +
        `(after eval "$(npm run --silent env)")`,
    );
  }
  return text;
}

/** Mends with what is said of it on standard error, so that a report on standard output stays one. */
function menderOf(stack: StackArguments, healthTimeout: number) {
  const log = (line: string) => console.error(line);
  return mender({
    healthTimeout,
    log,
    rebuild: async (service) => {
      const command = [join(root, "cli", "start.mjs"), "rebuild", service, "--stack", stack.stack];
      const code = await run(process.execPath, [...command, ...configFileArgs(stack)], {
        cwd: root,
        onLine: log,
      });
      if (code !== 0) throw new Error(`${service} could not be made again; the lines above say why`);
    },
    makeNetwork: async (lost) => {
      const { resources } = await stackState(stack);
      const urn = resources.find(({ id }) => id === lost)?.urn ?? "";
      const options = ["--yes", "--skip-preview", "--refresh", "--suppress-outputs"];
      const code = await pulumi(["up", ...options, "--target", urn], stack, log);
      if (code !== 0) throw new Error("The network could not be made again; the lines above say why");
    },
  });
}
