import { type DriftReport } from "../../drift/types";
import { driftMetrics } from "../../drift/report/metrics";
import { publishMetrics } from "../../drift/report/publish";
import { driftText } from "../../drift/report/text";
import { metricsFolder, nodeExporter } from "../../topology/exporters";
import { liveProgressOf, step } from "../../progress";
import { commandArguments, type StackArguments, type Usage, UsageError } from "../arguments";
import { driftParts } from "../drift/parts";
import { failure } from "../failure";
import { runningContainer } from "../operate/fleet";
import { chosenServices } from "../operate/services";
import { describeStack } from "../stack-file";

/** How long containers that are being restarted are waited for, in seconds, where `--settle` says nothing. */
const defaultSettleSeconds = 60;

/** What the command ends with: not as other commands, whose 2 is for how they were called. */
const exitCodes = { asItShouldBe: 0, untold: 1, drifted: 2 } as const;

/** What it takes. */
export const usage = {
  summary: "compares state, program and engine; ends with 2 where they differ",
  flags: {
    json: "for scripts",
    metrics: "for Prometheus",
    publish: "hands the result to the stack's own monitoring",
    fix: "mends what can be mended without a risk",
  },
  options: {
    settle: ["SECONDS", "how long containers that restart are waited for; default: 60"],
  },
} as const satisfies Usage;

/**
 * `npm run drift`: compares a stack's state, the program of this checkout and the engine, and reports each difference with
 * what mends it. Changes nothing and takes no lock; `--fix` mends what can be mended without a risk. `--json` is for scripts,
 * `--metrics` for Prometheus, and `--publish` hands those to the stack's own. Ends with exit code 0 where all is as it should
 * be, 2 where it is not, and 1 where that could not be told.
 */
export async function run(args: string[]): Promise<number> {
  try {
    const given = commandArguments(args, usage);
    if (given.json && given.metrics) throw new UsageError("--json and --metrics are two formats; give one.");
    const report = await reportOn(given, { settleSeconds: seconds(given.settle), fix: given.fix });
    console.log(given.json ? JSON.stringify(report, undefined, 2) : await forReaders(report, given.metrics));
    if (given.publish) await publish(given, report);
    if (report.drifted === null) return exitCodes.untold;
    return report.drifted ? exitCodes.drifted : exitCodes.asItShouldBe;
  } catch (error) {
    console.error(failure(error).message);
    return exitCodes.untold;
  }
}

/** The report; whatever keeps it from being made is the report as well. */
async function reportOn(
  stack: StackArguments,
  options: { settleSeconds: number; fix: boolean },
): Promise<DriftReport> {
  const { findDrift, untold } = await import("../../drift/run"); // with Pulumi's SDK, which takes its time
  try {
    const what = `comparing state, program and engine of "${stack.stack}"`;
    return await step(liveProgressOf("Drift"), what, 4, async () =>
      findDrift(await driftParts(stack, options)),
    );
  } catch (error) {
    const { message } = failure(error);
    return untold(
      stack.stack,
      message instanceof Error ? (message.stack ?? message.message) : String(message),
    );
  }
}

async function forReaders(report: DriftReport, metrics: boolean): Promise<string> {
  return metrics ? (await driftMetrics(report)).trimEnd() : driftText(report).join("\n");
}

/** Hands the metrics to the stack's node exporter, which Prometheus asks. */
async function publish(stack: StackArguments, report: DriftReport): Promise<void> {
  const { topology } = describeStack(stack);
  const [exporter] = chosenServices(topology, [nodeExporter.name]);
  if (!exporter) return;
  const { Id } = await runningContainer(stack, topology, exporter);
  await publishMetrics(await driftMetrics(report), Id, metricsFolder);
}

function seconds(text: string | undefined): number {
  const value = Number(text ?? defaultSettleSeconds);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new UsageError(`--settle: "${text}" is not a number of seconds; for example: --settle 30`);
}
