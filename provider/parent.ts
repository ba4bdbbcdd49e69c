/**
 * Ends this process when Pulumi, which started it, is gone: killed, it can't say so, and whatever is then written to its
 * pipes would fail again and again.
 */
export function endWithParent(cancelled: AbortController): void {
  const parent = process.ppid;
  const leave = () => {
    cancelled.abort(new Error("Pulumi has ended.")); // and with it the commands that run
    process.exit(1);
  };
  process.stdout.on("error", leave);
  process.stderr.on("error", leave);
  setInterval(() => process.ppid !== parent && leave(), 1_000).unref();
}
