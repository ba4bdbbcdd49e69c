/** What was built, downloaded or transpiled is kept here, by content, and shared by all checkouts of a user. */
export function cacheRoot(): string;
