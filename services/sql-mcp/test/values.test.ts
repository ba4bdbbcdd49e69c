import { parseArray } from "../src/postgres/array-text";
import { decode, encode } from "../src/postgres/values";
import { storedForm } from "../src/stored-password";
import { encode as encodeForMariadb, NoValueError } from "../src/mariadb/values";
import { statement } from "../src/tools/schemas";
import { float, integer, json } from "../src/values";

test("integers are numbers as long as JavaScript keeps them", () => {
  expect(integer("9007199254740991")).toBe(9007199254740991);
  expect(integer("9007199254740993")).toBe("9007199254740993");
});

test("what JSON has no number for stays text", () => {
  const given = ["0.1", "NaN", "-Infinity", "-0"];
  expect(given.map(float)).toEqual([0.1, "NaN", "-Infinity", "-0"]);
});

test("a plan is a value, in which a number that would change is its text", () => {
  expect(json('{"a":[1,"12345678901234567890"]}')).toEqual({ a: [1, "12345678901234567890"] });
  expect(json('{"a":12345678901234567890,"b":[9007199254740993,1]}')).toEqual({
    a: "12345678901234567890",
    b: ["9007199254740993", 1],
  });
  expect(json('{"a":1e400,"b":0.1234567890123456789}')).toEqual({ a: "1e400", b: "0.1234567890123456789" });
  expect(json("[0.30000000000000004,1.50,-9007199254740991,1E5]")).toEqual([
    0.30000000000000004, 1.5, -9007199254740991, 1e5,
  ]);
  expect(json('{"9007199254740993":"1e400 9007199254740993"}')).toEqual({
    "9007199254740993": "1e400 9007199254740993",
  });
  expect(json("9007199254740993")).toBe("9007199254740993");
});

test.each([
  ["{}", []],
  ["{1,NULL,3}", ["1", null, "3"]],
  [
    '{{a,"b,c"},{"NULL",NULL}}',
    [
      ["a", "b,c"],
      ["NULL", null],
    ],
  ],
  ['{"","a\\"b","c\\\\d","{e}"," "}', ["", 'a"b', "c\\d", "{e}", " "]],
  ["[2:3]={x,y}", ["x", "y"]],
  ['{"{\\"a\\": [1]}",NULL}', ['{"a": [1]}', null]],
])("the elements of %s", (text, expected) => {
  expect(parseArray(text)).toEqual(expected);
});

test("are those of a type whose elements have another delimiter", () => {
  expect(parseArray("{(1,1),(0,0);(2,2),(1,1)}", ";")).toEqual(["(1,1),(0,0)", "(2,2),(1,1)"]);
});

test("a JSON document is its text: what it was, and apart from NULL", () => {
  expect(["null", '{"a": 12345678901234567890, "a": 1.50}'].map((text) => decode(3802, text))).toEqual([
    "null",
    '{"a": 12345678901234567890, "a": 1.50}',
  ]);
});

test("the stored form of a password of MariaDB's is known", () => {
  expect(storedForm("mariadb", "password")).toBe("*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19");
  expect(storedForm("postgres", "password")).toBeUndefined();
});

test("lists and objects become array literals and JSON as parameters", () => {
  expect(encode([1, null, 'a"b\\c', ["x"]])).toBe('{"1",NULL,"a\\"b\\\\c",{"x"}}');
  expect(encode({ a: 1 })).toBe('{"a":1}');
  expect(encode(true)).toBe("true");
});

test("MariaDB has no lists: an object is JSON, and a list is refused, as it would match nothing", () => {
  expect(encodeForMariadb({ a: [1] })).toBe('{"a":[1]}');
  expect(encodeForMariadb("[1]")).toBe("[1]");
  expect(() => encodeForMariadb([1, 2])).toThrow(NoValueError);
  expect(() => encodeForMariadb([])).toThrow(/one \? for each of its elements.* JSON as text/);
});

test.each([
  "9007199254740993",
  "1234567890123456789",
  "-9007199254740992",
  "[1,[9007199254740993]]",
  '{"a":1e20}',
])("a whole number that was changed on its way is refused: %s", (sent) => {
  const parameters = JSON.parse(`[1,${sent}]`) as unknown;
  const { error } = statement.safeParse({ sql: "SELECT $1", parameters });
  const message = expect.stringMatching(/beyond 2\^53.*give it as text/) as string;
  expect(error?.issues).toEqual([expect.objectContaining({ path: ["parameters", 1], message })]);
});

test.each<[unknown]>([
  [9007199254740991],
  [0.1],
  [-1.5e-300],
  ["9007199254740993"],
  [null],
  [true],
  [{ a: [1, "x"] }],
])("any other value is taken: %j", (parameter) => {
  expect(statement.safeParse({ sql: "SELECT $1", parameters: [parameter] }).success).toBe(true);
});
