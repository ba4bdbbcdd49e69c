import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..");

/** The version of the Docker provider that a Go module takes in the place of the one it names. */
function providerOf(folder: string): string | undefined {
  const text = readFileSync(join(root, folder, "go.mod"), "utf8");
  return /kreuzwerker\/terraform-provider-docker (\S+)/.exec(text)?.[1];
}

describe("the bench's Terraform", () => {
  it("has the provider that Pulumi's is built over, so that only the programs above it are compared", () => {
    expect(providerOf("bench/peers/go/terraform")).toMatch(/^v0\.0\.0-/);
    expect(providerOf("bench/peers/go/terraform")).toBe(providerOf("toolchain"));
  });
});
