import { commandArguments, UsageError, type Usage } from "../../../cli/arguments";

const takes = {
  summary: "prints logs",
  flags: { follow: "goes on" },
  options: { since: ["TIME", "from then on"] },
  words: "services",
} as const satisfies Usage;

describe("a command line", () => {
  it("gives the stack, flags, values and words in whatever order they come", () => {
    const given = commandArguments(
      ["mariadb", "--follow", "--since", "10m", "--stack", "prod", "postgres-db"],
      takes,
    );
    expect(given).toMatchObject({
      stack: "prod",
      follow: true,
      since: "10m",
      words: ["mariadb", "postgres-db"],
    });
    expect(commandArguments([], takes)).toMatchObject({ stack: "dev", follow: false, words: [] });
  });

  it.each([
    [["--folow"], /--folow[\s\S]*takes: services, --stack, --config-file, --follow, --since/],
    [["--since"], /--since/],
    [["--stack", "prodd"], /did you mean "prod"/],
  ])("%j is refused with what the command takes", (args, message) => {
    expect(() => commandArguments(args, takes)).toThrow(UsageError);
    expect(() => commandArguments(args, takes)).toThrow(message);
  });

  it("with a word is refused by a command that takes none", () => {
    expect(() => commandArguments(["mariadb"], { summary: "brings it up" })).toThrow(
      /mariadb[\s\S]*takes: --stack/,
    );
  });
});
