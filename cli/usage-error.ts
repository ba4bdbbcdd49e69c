/** A command that was called in a way it can't be run; the message says what to call instead. */
export class UsageError extends Error {}
