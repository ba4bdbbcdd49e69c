import type { NewPair, Pair, Usage } from "./pki/certificates";
import { endsWithin } from "./pki/term";
import { changedKeys, type Properties, type ResourceType } from "./resource";

export interface CertificateInputs extends Properties {
  name: string;
  dnsNames: string[];
  usages: Usage[];
  days: number;
  /** It is made anew once it ends within so many days. */
  renewDays: number;
  issuer: Pair;
}

/** A certificate from the stack's own authority, made anew by an update in time before it ends. */
export const certificate: ResourceType<CertificateInputs> = {
  async diff(olds, news) {
    const { notAfter } = olds as unknown as NewPair;
    // How long it lasts is a matter of the next one.
    const changed = changedKeys(olds, news).filter((key) => key !== "days" && key !== "renewDays");
    return { changes: changed.length > 0 || endsWithin(notAfter, news.renewDays) };
  },
  async create(inputs) {
    return { id: inputs.name, outputs: await made(inputs) };
  },
  update: (_olds, news) => made(news),
  read: async () => ({}),
  delete: async () => undefined,
};

async function made({ issuer, ...subject }: CertificateInputs): Promise<Properties> {
  const { newCertificate } = await import("./pki/certificates");
  return { ...(await newCertificate(issuer, subject)) };
}
