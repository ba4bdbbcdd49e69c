import { isAllowedHost } from "../allowed-hosts";

describe("isAllowedHost", () => {
  test.each([
    "localhost",
    "localhost:8000",
    "LOCALHOST:8000",
    "127.0.0.1:8000",
    "[::1]:8000",
    "172.20.0.30:8000",
    "postgres-mcp:8000",
    "tasks_search",
    "gateway.localhost:8080",
    "host.docker.internal",
  ])("%s can't be a rebound name", (host) => expect(isAllowedHost(host, [])).toBe(true));

  test.each([
    undefined,
    "",
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "127.0.0.1.nip.io",
    "localhost@evil.example",
    "evil.example#localhost",
    "a b",
    "localhost.",
  ])("%s may be one", (host) => expect(isAllowedHost(host, [])).toBe(false));

  test("a listed name passes in any case, its subdomains don't", () => {
    expect(isAllowedHost("MCP.example.org:443", ["mcp.example.org"])).toBe(true);
    expect(isAllowedHost("x.mcp.example.org", ["mcp.example.org"])).toBe(false);
  });
});
