import { dayMs, endsWithin } from "../../provider/pki/term";
import { type Evidence, finding, type Finding } from "../finding";

/** Certificates that are so near to their end that an update makes them anew, or beyond it. */
export function certificates(evidence: Evidence): Finding[] {
  const {
    expected,
    observed: { now },
    line,
  } = evidence;
  return expected.certificates
    .filter(({ notAfter, renewDays }) => endsWithin(notAfter, renewDays, now))
    .map(({ service, notAfter, renewDays }) => {
      const left = Math.floor((Date.parse(notAfter) - now) / dayMs);
      return finding(
        evidence,
        {
          kind: "certificate",
          object: service,
          service,
          what: "end",
          expected: `${renewDays} days or more from now`,
          found: left < 0 ? `has ended, ${notAfter}` : `in ${left} days, ${notAfter}`,
        },
        { command: line("up") },
      );
    });
}
