import * as pulumi from "@pulumi/pulumi";
import { registerStack } from "./mocks";

// What an image is by content is the business of imaging/ and its own tests.
jest.mock("../../../imaging/key", () => ({ imageKey: () => "0123456789abcdef" }));

describe("a stack's outputs", () => {
  it("give the password of the web entry, as a secret, and no other", async () => {
    const { outputs } = await registerStack({ "mcp:system": "devcontainer" });
    const { webPassword, ...others } = outputs;
    expect(pulumi.Output.isInstance(webPassword)).toBe(true);
    const password = webPassword as pulumi.Output<string> & { promise(): Promise<string> };
    expect(await password.promise()).toBe("password-of-web-password");
    expect(await pulumi.isSecret(password)).toBe(true);
    expect(JSON.stringify(others)).not.toMatch(/password/);
  });

  it("have none where a stack ends below the web entry", async () => {
    const { outputs } = await registerStack({ "mcp:system": "devcontainer", "mcp:tiers": "2" });
    expect(outputs).not.toHaveProperty("webPassword");
  });
});
