// jest takes a sequencer in JavaScript only.
require("../../loader/register.cjs");
module.exports = require("./sequencer.ts");
