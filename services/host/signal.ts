/** Resolves at the first signal to stop. A second one ends the process at once, for a user who won't wait. */
export function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) {
      process.once(name, () => {
        resolve(name);
        process.on(name, () => process.exit(1));
      });
    }
  });
}
