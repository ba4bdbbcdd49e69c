// Stands for modules that are loaded and never used; see jest.config.cjs.
module.exports = {};
