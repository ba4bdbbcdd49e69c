// jest takes a reporter in JavaScript only.
require("../../loader/transpile.cjs");
module.exports = require("./reporter.ts");
