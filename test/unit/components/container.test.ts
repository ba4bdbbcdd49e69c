import { duration, processors } from "../../../components/container";

describe("what the Docker provider reads back", () => {
  it.each([
    [5, "5s"],
    [90, "1m30s"],
    [3600, "1h0m0s"],
  ])("%s seconds", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [0.1, "0.1"],
    [0.5, "0.5"],
    [1, "1.0"],
    [1.5, "1.5"],
    [10, "10."],
    [10.5, "10.5"],
    [100, "100."],
  ])("%s processors", (number, text) => {
    expect(processors(number)).toBe(text);
  });
});
