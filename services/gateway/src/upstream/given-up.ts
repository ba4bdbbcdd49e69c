/**
 * The reason of a request that was given up. It has no stack: it tells of a client, not of the code, and a stream that is
 * destroyed asks for the stack. Node would look its lines up in the source map then, and the first time read all of that, while
 * everybody else waits.
 */
export class GivenUp extends Error {
  constructor(message: string) {
    super(message);
    this.name = "GivenUp";
    this.stack = `${this.name}: ${message}`;
  }
}
