/** After the services' tests: their databases go. */
export default async function teardown(): Promise<void> {
  await (globalThis as { stopDatabases?: () => Promise<unknown> }).stopDatabases?.();
}
