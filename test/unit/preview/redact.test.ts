import { redact, secretTexts } from "../../../cli/preview/redact";

describe("secrets", () => {
  it("leave no trace in a text, however they are written", () => {
    const secret = 'pass"word/&1';
    const text = `plain ${secret}, quoted ${JSON.stringify(secret)}, in an address ${encodeURIComponent(secret)}`;
    expect(redact(text, [secret])).toBe('plain [secret], quoted "[secret]", in an address [secret]');
  });

  it("are found wherever Pulumi's JSON marks a value as secret", () => {
    const sealed = (value: unknown) => ({
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      plaintext: JSON.stringify(value),
    });
    const state = {
      resources: [{ outputs: { result: sealed("one-secret"), deep: [sealed({ a: "another-one" })] } }],
    };
    expect(secretTexts(state)).toEqual(["one-secret", "another-one"]);
  });
});
