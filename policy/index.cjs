// Pulumi's way of loading a pack's TypeScript checks the types of all that it imports, each time; the project's does not.
require("../loader/register.cjs");
require("./pack.ts");
