import { decode, encode } from "../src/postgres/values";
import { float, integer, json } from "../src/values";

test("integers are numbers as long as JavaScript keeps them", () => {
  expect(integer("9007199254740991")).toBe(9007199254740991);
  expect(integer("9007199254740993")).toBe("9007199254740993");
});

test("what JSON has no number for stays text", () => {
  expect([float("0.1"), float("NaN"), float("-Infinity")]).toEqual([0.1, "NaN", "-Infinity"]);
});

test("a JSON document is a value, unless a number in it would change", () => {
  expect(json('{"a":[1,"12345678901234567890"]}')).toEqual({ a: [1, "12345678901234567890"] });
  expect(json('{"a":12345678901234567890}')).toBe('{"a":12345678901234567890}');
  expect(json('{"a":1e400}')).toBe('{"a":1e400}');
});

test("PostgreSQL's arrays are lists of their elements' values", () => {
  expect(decode(1016, "{1,9007199254740993,NULL}")).toEqual([1, "9007199254740993", null]);
  expect(decode(1009, '{{a,"b,c"},{"NULL",NULL}}')).toEqual([
    ["a", "b,c"],
    ["NULL", null],
  ]);
});

test("lists and objects become array literals and JSON as parameters", () => {
  expect(encode([1, null, 'a"b\\c', ["x"]])).toBe('{"1",NULL,"a\\"b\\\\c",{"x"}}');
  expect(encode({ a: 1 })).toBe('{"a":1}');
  expect(encode(true)).toBe("true");
});
