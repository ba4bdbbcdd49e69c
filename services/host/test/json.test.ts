import {
  isExact,
  markNumbers,
  numberOf,
  parseJson,
  plainText,
  sameNumber,
  toJson,
  unmarkNumbers,
} from "../json";
import { ids, numbers } from "./numbers";

test.each([...numbers, ...ids, "1234567890123456789e5", "0", "-5", "0.5", "1e21", "5e-324"])(
  "JSON keeps %s, wherever it is",
  (number) => {
    for (const text of [
      number,
      ` [ ${number} ]`,
      `{"a":[${number},${number}],"b":{"c":${number} ,"d":"x"}}`,
      `["\\"\\\\",${number},"\\\\\\"${number.replaceAll('"', "")}"]`,
    ]) {
      expect(toJson(parseJson(text))).toBe(
        JSON.stringify(JSON.parse(text)) === text ? text : text.replaceAll(" ", ""),
      );
      expect(unmarkNumbers(markNumbers(text))).toBe(text);
    }
  },
);

test.each([
  "9007199254740991",
  "0.30000000000000004",
  "1700000000000000",
  "1.7976931348623157e+308",
  "-12.5",
])("JSON has %s as the number that it is", (number) => {
  expect(parseJson(`{"n":${number}}`)).toEqual({ n: Number(number) });
  expect(markNumbers(`{"n":${number}}`)).toBe(`{"n":${number}}`);
});

test.each([
  "01234567890123456789",
  "[-]",
  "[1.2.3]",
  "[1e400e1]",
  "{'a':12345678901234567890}",
  '{"a":12345678901234567890',
  "{12345678901234567890:1}",
  '[12345678901234567890 "a"]',
  "[12345678901234567890x]",
  '["12345678901234567890]',
])("%s is no JSON and stays so", (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});

test("texts are not touched, not even those that look like numbers or like a mark", () => {
  const texts = {
    a: "12345678901234567890",
    b: 'say "12345678901234567890", \\',
    c: "12.34.56.78.90.12",
    "1e400": "\uE000number:5",
    "\uE000number:1": "\uE000",
  };
  expect(parseJson(JSON.stringify(texts))).toEqual(texts);
  expect(toJson(parseJson(JSON.stringify(texts)))).toBe(JSON.stringify(texts));
});

test("a number that is kept can be read, compared and told", () => {
  const [big, one, infinite] = parseJson("[9007199254740993, 1.0, 1e400]") as unknown[];
  expect([big, one, infinite, 3, "3"].map(plainText)).toEqual(["9007199254740993", "1.0", "1e400", "3", "3"]);
  expect([one, 3, "3", null].map(numberOf)).toEqual([1, 3, NaN, NaN]);
  expect(["1E2", "1.0", "-0", "0.10", "9007199254740992"].map(isExact)).toEqual([
    true,
    true,
    true,
    true,
    true,
  ]);
  expect(["9007199254740993", "1e400", "1e-400", "0.1000000000000000055"].some(isExact)).toBe(false);
  expect(sameNumber("42.0", "42") && sameNumber("1e400", "10e399")).toBe(true);
  expect(sameNumber("9007199254740993", "9007199254740992") || sameNumber("x", "x")).toBe(false);
});
