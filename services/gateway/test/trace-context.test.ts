import { withTraceparent } from "../src/protocol/trace-context";

const old = `00-${"a".repeat(32)}-${"1".repeat(16)}-01`;
const next = `00-${"a".repeat(32)}-${"2".repeat(16)}-01`;

/** The text with the other trace. */
function changed(text: string): string {
  return withTraceparent(text, (JSON.parse(text) as { params?: unknown }).params, next);
}

it("changes a request's trace and not a character besides", () => {
  const text = (meta: string) =>
    `{"id":1, "method":"tools/call","params":{"_meta": {${meta}},"arguments":{"n":12345678901234567890,"x":1.0}}}`;
  expect(changed(text(`"traceparent":"${old}"`))).toBe(text(`"traceparent":"${next}"`));
  expect(changed(text('"a":1'))).toBe(text(`"traceparent":"${next}","a":1`));
  expect(changed(text(""))).toBe(text(`"traceparent":"${next}"`));
});

it.each([
  ["there is no _meta", '{"method":"ping"}'],
  ["arguments have the same", `{"params":{"_meta":{"traceparent":"${old}"},"arguments":{"value":"${old}"}}}`],
  ["arguments have a _meta of their own", '{"params":{"arguments":{"_meta":{}},"_meta":{}}}'],
])("leaves a request as it is where %s", (_, text) => {
  expect(changed(text)).toBe(text);
});
