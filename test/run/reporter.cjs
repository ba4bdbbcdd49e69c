// jest takes a reporter in JavaScript only.
require("../../loader/register.cjs");
module.exports = require("./reporter.ts");
