import { setTimeout as sleep } from "node:timers/promises";
import type { Part } from "../support/shared-stack";
import type { TekUp } from "../support/tekup";
import { loggedBy, pageText, tracedCall } from "./log-lines";

interface JaegerSpan {
  spanID: string;
  operationName: string;
  references: { refType: string; spanID: string }[];
  processID: string;
}

interface JaegerTraces {
  data: { spans: JaegerSpan[]; processes: Record<string, { serviceName: string }> }[];
}

/** A call, as Jaeger has it. */
export const traces: Part<TekUp> = {
  title: "traces of a call",
  tests(tekup) {
    it("are one, from the client through the gateway to the server, and in the log of each", async () => {
      const { trace, client } = await tracedCall(tekup());
      const call = (spans: JaegerSpan[]) =>
        spans.filter(({ operationName }) => operationName.includes("tools/call"));
      const known = async () => {
        const text = await pageText(tekup(), "jaeger", `16686/jaeger/api/traces/${trace}`).catch(() => "");
        return text === "" ? undefined : (JSON.parse(text) as JaegerTraces).data[0];
      };
      // Programs send what they have every few seconds.
      let found = await known();
      for (; !found || call(found.spans).length < 3; found = await known()) await sleep(500);
      const { spans, processes } = found;
      const childOf = (parent: string) =>
        call(spans).find(({ references }) => references.some(({ spanID }) => spanID === parent));
      const received = childOf(client);
      const passedOn = childOf(received?.spanID ?? "");
      const answered = childOf(passedOn?.spanID ?? "");
      const names = [received, passedOn, answered].map(
        (span) => processes[span?.processID ?? ""]?.serviceName,
      );
      expect(names).toEqual(["mcp-gateway", "mcp-gateway", "mcp-search"]);
      expect(await loggedBy(tekup(), trace)).toEqual(expect.arrayContaining(["mcp-gateway", "mcp-search"]));
    });
  },
};
