import fc from "fast-check";

/** A value of a type, as it is written in SQL behind quotes. */
export interface Cell {
  type: string;
  text: string | null;
}

const text = (most: number) =>
  fc
    .array(fc.constantFrom(..."aZ09 ,;{}()[]\"'\\/<>&%_.\n\tæ日😀é".match(/./gsu)!, "NULL", "null"), {
      maxLength: most,
    })
    .map((parts) => parts.join(""));
const fraction = (type: fc.Arbitrary<bigint | number>) =>
  fc.tuple(type, fc.nat(999_999)).map(([whole, part]) => `${whole}.${part}`);
const two = (number: number) => String(number).padStart(2, "0");
const dayOf = (first: number, last: number) =>
  fc
    .tuple(
      fc.integer({ min: first, max: last }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 28 }),
    )
    .map(([year, month, date]) => `${year}-${two(month)}-${two(date)}`);
const day = dayOf(1000, 9999);
const clock = fc
  .tuple(fc.nat(23), fc.nat(59), fc.nat(59), fc.constantFrom("", ".5", ".125", ".000001", ".999999"))
  .map(([hours, minutes, seconds, part]) => `${two(hours)}:${two(minutes)}:${two(seconds)}${part}`);
const moment = fc.tuple(day, clock).map((parts) => parts.join(" "));
const bytes = fc.uint8Array({ maxLength: 6 }).map((given) => Buffer.from(given).toString("hex"));
const uuid = fc.uuid();
const json = fc.oneof(
  fc.json({ maxDepth: 2 }).filter((given) => !/\\u0000|\\ud[89a-f]/i.test(given)),
  fc.constantFrom(
    "null",
    "true",
    '"null"',
    '"é"',
    "9007199254740993",
    '{"a": 1.50, "a": 12345678901234567890}',
    "[]",
    "1e400",
  ),
);
const integer = (bits: bigint, unsigned = false) => {
  const half = 2n ** (bits - 1n);
  return fc.bigInt(unsigned ? { min: 0n, max: half * 2n - 1n } : { min: -half, max: half - 1n }).map(String);
};
const double = fc.oneof(fc.double().map(String), fc.constantFrom("-0", "0.1", "1e20", "5e-324"));
const float = fc.oneof(fc.float().map(String), fc.constantFrom("-0", "0.1", "16777216", "3.4028235e38"));
const pair = fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }));
const range = pair.map(([a, b]) => (a > b ? "empty" : `[${a},${b})`));

/** PostgreSQL's types, and those of the test's own by the names that `made` gives them. */
export function postgresTypes(made: (name: string) => string): Record<string, fc.Arbitrary<string>> {
  return {
    boolean: fc.constantFrom("t", "f"),
    smallint: integer(16n),
    integer: integer(32n),
    bigint: integer(64n),
    oid: integer(32n, true),
    numeric: fc.oneof(
      fraction(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n })),
      fc.constantFrom("NaN", "-Infinity"),
    ),
    "numeric(30,10)": fraction(fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n })),
    real: float,
    "double precision": double,
    money: fraction(fc.integer()),
    text: text(12),
    "character varying(20)": text(20).map((given) => [...given].slice(0, 20).join("")),
    "character(12)": text(12).map((given) => [...given].slice(0, 12).join("")),
    name: text(9),
    '"char"': fc.constantFrom("a", "Z", "{", '"', "\\"),
    bytea: bytes.map((given) => `\\x${given}`),
    date: fc.oneof(day, fc.constantFrom("infinity", "0044-03-15 BC")),
    "timestamp without time zone": fc.oneof(moment, fc.constant("-infinity")),
    "timestamp(3) with time zone": moment.map((given) => `${given}+05:30`),
    "time without time zone": clock,
    "time with time zone": clock.map((given) => `${given}-07`),
    interval: fc.constantFrom("1 mon -2 days 03:04:05.6", "-00:00:01", "3 years", "0"),
    uuid,
    inet: fc.constantFrom("192.0.2.1/24", "2001:db8::1", "10.0.0.0/8"),
    cidr: fc.constantFrom("192.0.2.0/24", "2001:db8::/32"),
    macaddr: fc.constant("08:00:2b:01:02:03"),
    macaddr8: fc.constant("08:00:2b:01:02:03:04:05"),
    json,
    jsonb: json.filter((given) => given !== "1e400"),
    jsonpath: fc.constantFrom("$.a[*] ? (@ > 1)", 'lax $."b c"'),
    "bit(5)": fc.nat(31).map((given) => given.toString(2).padStart(5, "0")),
    "bit varying(9)": fc.nat(511).map((given) => given.toString(2)),
    point: pair.map(([a, b]) => `(${a},${b})`),
    line: fc.constantFrom("{1,2,3}", "{-1,0,2.5}"),
    lseg: pair.map(([a, b]) => `[(${a},1),(2,${b})]`),
    box: pair.map(([a, b]) => `(${a},1),(2,${b})`),
    path: pair.map(([a, b]) => `((${a},1),(2,${b}))`),
    polygon: pair.map(([a, b]) => `((${a},1),(2,${b}),(3,3))`),
    circle: pair.map(([a, b]) => `<(${a},${b}),2.5>`),
    tsvector: fc.constantFrom("'a':1 'b c':2", ""),
    tsquery: fc.constantFrom("'a' & !'b'", "'x':*"),
    pg_lsn: fc.constantFrom("16/B374D848", "0/0"),
    xid: integer(32n, true),
    int2vector: fc.constantFrom("1 2 3", ""),
    oidvector: fc.constantFrom("23 25", "1"),
    regtype: fc.constantFrom("integer", "text[]"),
    int4range: range,
    int8range: range,
    numrange: range,
    daterange: fc.tuple(day, day).map(([a, b]) => (a > b ? "empty" : `[${a},${b}]`)),
    tstzrange: moment.map((given) => `["${given}+00",)`),
    int4multirange: range.map((given) => (given === "empty" ? "{}" : `{${given}}`)),
    [made("Mood")]: fc.constantFrom("happy", "so so", "NULL", 'a"b'),
    [made("positive")]: fc.nat(99).map((given) => String(given + 1)),
    [made("moods")]: fc.constantFrom('{happy,"so so"}', "{}", "{NULL}"),
    [made("pair")]: pair.map(([a]) => `(${a},"x, ""y""")`),
  };
}

/** MariaDB's types. */
export const mariadbTypes: Readonly<Record<string, fc.Arbitrary<string>>> = {
  tinyint: integer(8n),
  "smallint unsigned": integer(16n, true),
  mediumint: integer(24n),
  int: integer(32n),
  "int unsigned": integer(32n, true),
  bigint: integer(64n),
  "bigint unsigned": integer(64n, true),
  "decimal(30,10)": fraction(fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n })),
  "decimal(20)": integer(60n),
  float: fc.oneof(
    fc
      .float({ noNaN: true, noDefaultInfinity: true, min: -Math.fround(1e30), max: Math.fround(1e30) })
      .map(String),
    fc.constant("0.1"),
  ),
  double: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }).map(String),
  year: fc.integer({ min: 1901, max: 2155 }).map(String),
  date: fc.oneof(day, fc.constant("0000-00-00")),
  time: clock,
  "time(3)": fc.oneof(
    clock,
    clock.map((given) => `-${given}`),
    fc.constant("838:59:58.5"),
  ),
  "time(6)": clock,
  datetime: fc.oneof(moment, fc.constant("0000-00-00 00:00:00")),
  "datetime(2)": moment,
  "datetime(6)": fc.oneof(moment, fc.constant("0000-00-00 00:00:00")),
  "timestamp(3)": fc.tuple(dayOf(1980, 2037), clock).map((parts) => parts.join(" ")),
  "char(12)": text(12).map((given) => [...given].slice(0, 12).join("")),
  "varchar(40)": text(9),
  "varchar(40) character set latin1": text(9).map((given) => given.replaceAll(/日|😀/g, "ø")),
  tinytext: text(9),
  text: text(12),
  longtext: text(12),
  "enum('happy','so so','a''b')": fc.constantFrom("happy", "so so", "a'b"),
  "set('a','b c','ø')": fc.constantFrom("", "a", "a,ø", "a,b c,ø"),
  json: json.filter((given) => given !== "1e400"),
  uuid,
  inet6: fc.constantFrom("2001:db8::1", "::ffff:192.0.2.1"),
  inet4: fc.constantFrom("192.0.2.1", "0.0.0.0"),
  "binary(3)": bytes.map((given) => given.slice(0, 6)),
  "varbinary(12)": bytes,
  blob: bytes,
  "bit(1)": fc.constantFrom("0", "1"),
  "bit(11)": fc.nat(2047).map(String),
  point: pair.map(([a, b]) => `POINT(${a} ${b}.5)`),
  geometry: pair.map(([a, b]) => `GEOMETRYCOLLECTION(POINT(${a} ${b}),LINESTRING(0 0,1 ${b}))`),
  polygon: fc.constant("POLYGON((0 0,4 0,4 4,0 0),(1 1,2 1,2 2,1 1))"),
};

/** Some values, each of one of the types. */
export function cells(types: Readonly<Record<string, fc.Arbitrary<string>>>): fc.Arbitrary<Cell[]> {
  const one = fc
    .constantFrom(...Object.keys(types))
    .chain((type) =>
      fc.option(types[type] ?? fc.constant(""), { freq: 6 }).map((given): Cell => ({ type, text: given })),
    );
  return fc.array(one, { minLength: 4, maxLength: 10 });
}
