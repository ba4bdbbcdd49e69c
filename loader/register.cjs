// Makes this process run the project's TypeScript as it stands in its files, and load no more of Pulumi's SDK than it uses.
require("./transpile.cjs");
require("./late.cjs");
require("./traces.cjs");
