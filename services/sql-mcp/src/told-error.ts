/** An error whose message is for the client as it is: this server's own words, and nothing of the connection in it. */
export class ToldError extends Error {}
