/** What a client's model is told as it stands: it can do something about it. */
export class ToolError extends Error {}
