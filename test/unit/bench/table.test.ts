import { table } from "../../../bench/table";

const lines = (...rows: Parameters<typeof table>[0]) => table(rows).split("\n").slice(1);

describe("the bench's table", () => {
  it("says whether we are within our multiple of the peer's time", () => {
    const peer = { name: "compose", time: 20_000 };
    const goal = { ratio: 1 };
    expect(lines({ what: "up", ours: 15_000, peer, goal })[0]).toMatch(
      /^up +15\.0 s +compose +20\.0 s +0\.75 +at most 1 +met$/,
    );
    expect(lines({ what: "up", ours: 21_000, peer, goal })[0]).toMatch(/1\.05 +at most 1 +NOT MET$/);
  });

  it("says whether we are below a time of our own", () => {
    expect(lines({ what: "call", ours: 80, goal: { below: 500 } })[0]).toMatch(/80 ms +below 500 ms +met$/);
    expect(lines({ what: "call", ours: 500, goal: { below: 500 } })[0]).toMatch(/NOT MET$/);
  });

  it("never calls a goal met whose peer is missing, or a time that is none", () => {
    expect(lines({ what: "up", ours: 1, goal: { ratio: 1 } })[0]).toMatch(/NOT MET$/);
    expect(lines({ what: "call", ours: Number.NaN, goal: { below: 500 } })[0]).toMatch(/NOT MET$/);
  });

  it("shows without judging what has no goal", () => {
    expect(lines({ what: "preview", ours: 1_500 })[0]).toMatch(/^preview +1\.5 s$/);
  });
});
