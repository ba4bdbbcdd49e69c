import { decode, decodeArray, encode, typeName } from "../src/postgres/values";
import { encode as encodeForMariadb, NoValueError } from "../src/mariadb/values";
import { statement } from "../src/tools/schemas";
import { float, integer, json } from "../src/values";

test("integers are numbers as long as JavaScript keeps them", () => {
  expect(integer("9007199254740991")).toBe(9007199254740991);
  expect(integer("9007199254740993")).toBe("9007199254740993");
});

test("what JSON has no number for stays text", () => {
  expect([float("0.1"), float("NaN"), float("-Infinity")]).toEqual([0.1, "NaN", "-Infinity"]);
});

test("a JSON document is a value, in which a number that would change is its text", () => {
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

test("PostgreSQL's arrays are lists of their elements' values", () => {
  expect(decode(1016, "{1,9007199254740993,NULL}")).toEqual([1, "9007199254740993", null]);
  expect(decode(1009, '{{a,"b,c"},{"NULL",NULL}}')).toEqual([
    ["a", "b,c"],
    ["NULL", null],
  ]);
});

test("so are those of every other type that PostgreSQL has, and of the database's own", () => {
  expect(decode(1182, "{2026-02-28,NULL}")).toEqual(["2026-02-28", null]);
  expect(decode(1185, '{"2026-02-28 12:00:00+00"}')).toEqual(["2026-02-28 12:00:00+00"]);
  expect(decode(3807, '{"{\\"a\\": 1}",NULL}')).toEqual([{ a: 1 }, null]);
  expect(decode(1001, '{"\\\\xdead"}')).toEqual(["\\xdead"]);
  expect(decodeArray("{happy,sad}")).toEqual(["happy", "sad"]);
  expect(typeName(1182)).toBe("date[]");
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
