// Pulumi's SDK loads, at every start, what serves to send functions elsewhere, to drive its CLI and to trace itself: two
// thirds of its modules and of the time that it takes to load. Nothing here does any of that, so these are loaded when
// something of them is first used. Likewise zod's messages in languages that nobody asks for.
const Module = require("node:module");
const { debuglog } = require("node:util");

/** What is loaded late, by how the SDK asks for it. */
const late = new Set([
  // Functions that are sent elsewhere.
  ...["typescript", "../../typescript-shim", "@npmcli/arborist", "fdir", "normalize-package-data", "./v8"],
  "./automation", // its own CLI, driven by a program
  "semver",
  // Traces of the SDK's own, where they are asked for.
  ...["@opentelemetry/api", "@opentelemetry/resources", "@opentelemetry/sdk-trace-base"],
  ...["@opentelemetry/sdk-trace-node", "@opentelemetry/exporter-zipkin"],
  ...["@opentelemetry/instrumentation", "@opentelemetry/instrumentation-grpc"],
]);

/** V8's inspector, which Pulumi starts before each program to find functions' sources, and itself starts when it wants one. */
const inspector = "../../runtime/closure/v8Hooks";

/** Would map each frame of each stack, and none to TypeScript: traces.cjs does that here. */
const sourceMaps = new Set(["source-map-support", "source-map-support/register"]);

const promises = /\/debuggable$/;
const messages = /^(\.\.?\/)+log$/;

/** Zod's messages in all languages; English comes by itself. */
const languages = "../locales/index.cjs";

const sdk = /\/node_modules\/@pulumi\/pulumi\/(?!node_modules\/)/;
const zod = /\/node_modules\/zod\//;

const load = Module._load;
Module._load = function (request, parent, isMain) {
  const now = () => load(request, parent, isMain);
  const by = parent?.filename?.replaceAll("\\", "/") ?? "";
  if (request === languages && zod.test(by)) return whenUsed(now);
  if (!sdk.test(by)) return now();
  if (late.has(request)) return whenUsed(now);
  if (sourceMaps.has(request)) return { install() {} };
  if (request === inspector) return { isInitializedAsync: async () => undefined };
  const loaded = now();
  if (promises.test(request) && !process.env.PULUMI_DEBUG_PROMISE_LEAKS) withoutStacks(loaded);
  if (messages.test(request) && !debuglog("pulumi").enabled) loaded.debug = withoutTelling;
  return loaded;
};

/** Notes the stack of every promise, which is shown where that variable is set; a tenth of a program's time. */
function withoutStacks(debuggable) {
  const { debuggablePromise } = debuggable;
  if (debuggablePromise.name === "plainly") return;
  debuggable.debuggablePromise = function plainly(...given) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(...given);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}

/**
 * Says nothing to the engine. The SDK would send five messages a resource, each after the last was answered, whether anybody
 * looks at them or not: a tenth of a preview. `NODE_DEBUG=pulumi` has them sent, for `pulumi --debug` to show.
 */
async function withoutTelling() {}

/** Stands for a module until something of it is asked for. */
function whenUsed(now) {
  return new Proxy(
    {},
    {
      get(_, name) {
        if (name === "__esModule") return true; // so that nobody copies it, name by name
        const real = now();
        return name === "default" && !real.__esModule ? real : real[name];
      },
      has: (_, name) => name in now(),
    },
  );
}
