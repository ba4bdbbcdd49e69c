import { Follower } from "../../../cli/operate/logs/follow";
import { byTime, type ServiceLine, Sorter, union } from "../../../cli/operate/logs/merge";
import { checkRange, timeOf } from "../../../cli/operate/logs/range";
import { queryOf } from "../../../cli/operate/logs/store";
import { lineFormat } from "../../../cli/operate/logs/text";
import type { LogLine, readLog } from "../../../engine/logs";

const at = (second: number) => `2025-01-01T00:00:0${second}.000000000Z`;
const line = (service: string, second: number, text = `${service}${second}`): ServiceLine => ({
  service,
  time: at(second),
  text,
});
const texts = (lines: { text: string }[]) => lines.map(({ text }) => text);

describe("the logs of many services", () => {
  it("are merged in the order of time, and as they came within one moment", () => {
    const lines = [line("a", 1), line("a", 3, "first"), line("a", 3, "second"), line("b", 2)];
    expect(texts(byTime(lines))).toEqual(["a1", "b2", "first", "second"]);
  });

  it("that are followed are sorted as far as they come together", () => {
    const shown: ServiceLine[] = [];
    const sorter = new Sorter((each) => shown.push(each));
    [line("a", 2), line("b", 1)].forEach((each) => sorter.add(each));
    expect(shown).toEqual([]);
    sorter.flush();
    expect(texts(shown)).toEqual(["b1", "a2"]);
  });

  it("are shown once when the engine and the log store know the same, in the order of time", () => {
    const engine = [line("a", 2), line("b", 3), line("b", 3)];
    const store = [line("a", 2), line("a", 1), line("b", 2, "a2")];
    expect(texts(union(engine, store))).toEqual(["a1", "a2", "a2", "b3", "b3"]);
  });

  it("stand behind their service's name, as wide as the widest", () => {
    expect(lineFormat(["db", "server"], false)(line("db", 1))).toBe("db     | db1");
    expect(lineFormat(["db"], true)(line("db", 1))).toBe(`db | ${at(1)} db1`);
  });
});

describe("a log that is followed", () => {
  /** A container's log of which each reading ends when the test says so, as it does when the container stops. */
  function container(stored: LogLine[]) {
    const readings: { since: string | undefined; end: () => void }[] = [];
    const read: typeof readLog = (_id, { since }, onLine) =>
      new Promise((resolve) => {
        stored.filter(({ time }) => since === undefined || time >= since).forEach(onLine);
        readings.push({ since, end: resolve });
      });
    return { read, readings };
  }
  const signal = new AbortController().signal;
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it("is taken up where it ended when its container starts again, and shows no line twice", async () => {
    const stored: LogLine[] = [line("a", 1), line("a", 2)];
    const { read, readings } = container(stored);
    const shown: string[] = [];
    const follower = new Follower(new Map([["id", at(1)]]), (_, { text }) => shown.push(text), signal, read);
    const first = follower.follow({ id: "id", service: "a" });
    await settled();
    stored.push(line("a", 3));
    // The start is heard of before the log of the run before has ended.
    const second = follower.follow({ id: "id", service: "a" });
    readings[0]?.end();
    await settled();
    expect(readings.map(({ since }) => since)).toEqual([at(1), at(2)]);
    readings[1]?.end();
    await Promise.all([first, second]);
    expect(shown).toEqual(["a2", "a3"]);
  });

  it("of a container that takes another's place is shown from its first line", async () => {
    const { read, readings } = container([line("a", 1)]);
    const shown: string[] = [];
    const follower = new Follower(new Map([["old", at(5)]]), (_, { text }) => shown.push(text), signal, read);
    const done = follower.follow({ id: "new", service: "a" });
    await settled();
    readings[0]?.end();
    await done;
    expect(shown).toEqual(["a1"]);
  });

  it("fails where the engine fails", async () => {
    const broken: typeof readLog = () => Promise.reject(new Error("the engine is gone"));
    const follower = new Follower(new Map(), () => undefined, signal, broken);
    await expect(follower.follow({ id: "id", service: "a" })).rejects.toThrow("the engine is gone");
  });
});

describe("which lines", () => {
  it.each([
    { since: "10m" },
    { since: "1h30m", until: "5m" },
    { since: "2025-06-01T12:00:00Z" },
    { tail: "20" },
    { tail: "all" },
  ])("can be said by %j", (range) => {
    expect(() => checkRange({ follow: false, ...range })).not.toThrow();
  });

  it.each([
    [{ since: "yesterday" }, /--since: "yesterday" is not a time/],
    [{ until: "10 m" }, /--until: "10 m" is not a time/],
    [{ tail: "few" }, /--tail: "few" is not a number/],
    [{ trace: "abc" }, /--trace: "abc" is not the id of a trace/],
    [{ trace: "0".repeat(32), tail: "5" }, /--tail counts lines before --trace/],
    [{ until: "1m", follow: true }, /--follow goes on .* give one/],
  ])("can't be said by %j", (range, message) => {
    expect(() => checkRange({ follow: false, ...range })).toThrow(message);
  });
});

describe("the log store's question", () => {
  const now = Date.parse("2025-06-02T12:00:00Z");
  const trace = "ab".repeat(16);

  it("is for a trace, of the services that are named, in the time that is", () => {
    const question = { services: ["mcp-search", "mcp-browser"], trace, since: "1h30m", until: "500ms" };
    expect(queryOf(question, now)).toEqual({
      query: `service:in("mcp-search","mcp-browser") "${trace}" | fields _time, _msg, service`,
      start: "2025-06-02T10:30:00.000Z",
      end: "2025-06-02T11:59:59.500Z",
    });
  });

  it("is for all lines where nothing is named", () => {
    expect(queryOf({ services: [] }, now)).toEqual({ query: "* | fields _time, _msg, service" });
  });

  it("takes dates as the engine's CLI does, in this machine's time", () => {
    expect(timeOf("2025-06-01T12:00:00Z", now)).toBe("2025-06-01T12:00:00.000Z");
    expect(timeOf("2025-06-01", now)).toBe(new Date(2025, 5, 1).toISOString());
  });
});
