// It comes with jest, and is no dependency of the project's own.
const path = require.resolve("@jest/test-sequencer", { paths: [require.resolve("jest")] });
const { default: Sequencer } = require(path);

/**
 * Tests on the engine take minutes each, and the longest are not the largest files, which go first where nothing is known yet:
 * started at the end, one of them would run alone.
 */
module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const onEngine = ({ context }) => context.config.displayName?.name === "engine";
    return [...sorted.filter(onEngine), ...sorted.filter((test) => !onEngine(test))];
  }
};
