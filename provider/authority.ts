import type { NewPair } from "./pki/certificates";
import { endsWithin } from "./pki/term";
import { changedKeys, type Properties, type ResourceType } from "./resource";

export interface AuthorityInputs extends Properties {
  /** What its certificates are signed as. */
  name: string;
  /** Another text has the next authority take over. */
  rotation: string;
}

interface AuthorityOutputs extends NewPair {
  next: NewPair;
  /** The certificates that whoever trusts this authority is given. */
  bundle: string;
}

/** How long the first authority lasts, and how long one does that has yet to take over. */
const firstDays = 3650;
const nextDays = 2 * firstDays;

/** The next one takes over before the longest certificate that there may be could outlive its authority. */
const leastDays = 1000;

/**
 * A certificate authority of a stack's own. The next one is made with it and trusted from the start, so that everybody
 * knows it already when it takes over; the one before stays trusted until then, as its certificates are in use still.
 */
export const authority: ResourceType<AuthorityInputs> = {
  async diff(olds, news) {
    const changed = changedKeys(olds, news);
    const { notAfter } = olds as unknown as AuthorityOutputs;
    return {
      changes: changed.length > 0 || endsWithin(notAfter, leastDays),
      replaces: changed.filter((key) => key === "name"),
    };
  },
  async create({ name }) {
    const { newAuthority } = await import("./pki/certificates");
    const [first, next] = await Promise.all([newAuthority(name, firstDays), newAuthority(name, nextDays)]);
    return { id: name, outputs: outputs(first, next) };
  },
  async update(olds, { name }) {
    const { next, certificate } = olds as unknown as AuthorityOutputs;
    const { newAuthority } = await import("./pki/certificates");
    return outputs(next, await newAuthority(name, nextDays), [certificate]);
  },
  read: async () => ({}),
  delete: async () => undefined,
};

function outputs(current: NewPair, next: NewPair, before: string[] = []): AuthorityOutputs & Properties {
  const trusted = [current.certificate, next.certificate, ...before];
  return { ...current, next, bundle: trusted.map((certificate) => `${certificate.trim()}\n`).join("") };
}
