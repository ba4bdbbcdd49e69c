export const dayMs = 86_400_000;

/** Whether a certificate ends within so many days. @param notAfter its end, in ISO 8601. */
export function endsWithin(notAfter: string, days: number, now = Date.now()): boolean {
  return Date.parse(notAfter) - now < days * dayMs;
}
