// jest takes a sequencer in JavaScript only.
require("../../loader/transpile.cjs");
module.exports = require("./sequencer.ts");
