import { commandArguments, stackArguments, UsageError } from "../../../cli/arguments";

const takes = { flags: ["follow"], options: ["since"], words: "services" } as const;

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
    expect(() => stackArguments(["mariadb"])).toThrow(/mariadb[\s\S]*takes: --stack/);
  });

  it("whose option npm kept for itself is refused, with how to write it", () => {
    const before = { ...process.env };
    Object.assign(process.env, { npm_lifecycle_event: "logs", npm_config_follow: "true" });
    try {
      expect(() => commandArguments(["mariadb"], takes)).toThrow("npm run logs -- --follow mariadb");
    } finally {
      process.env = before;
    }
  });
});
