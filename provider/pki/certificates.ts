import "reflect-metadata"; // the library's own wiring asks for it
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  AuthorityKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { randomBytes, webcrypto } from "node:crypto";
import { dayMs } from "./term";

/** A certificate and its key, as PEM. */
export interface Pair {
  certificate: string;
  key: string;
}

/** One that was just made. */
export interface NewPair extends Pair {
  /** When it ends, in ISO 8601. */
  notAfter: string;
}

/** What a certificate may be used for: to be called by, or to call with. */
export type Usage = "server" | "client";

/** Whom a certificate is for, and how long. */
export interface Subject {
  name: string;
  /** Names that it is called by. */
  dnsNames: readonly string[];
  usages: readonly Usage[];
  days: number;
}

/** The clocks of a stack's machines may differ by so much. */
const backdatedMs = 3_600_000;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A new authority with a key of its own, that signs certificates and nothing else. */
export async function newAuthority(name: string, days: number): Promise<NewPair> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity(days),
    name: [{ CN: [name] }],
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pair(certificate, keys);
}

/** A new certificate, with a new key, from an authority; it never outlives that. */
export async function newCertificate(
  issuer: Pair,
  { name, dnsNames, usages, days }: Subject,
): Promise<NewPair> {
  const keys = await newKeys();
  const authority = new X509Certificate(issuer.certificate);
  const { notAfter, ...valid } = validity(days);
  const certificate = await X509CertificateGenerator.create({
    ...valid,
    notAfter: notAfter < authority.notAfter ? notAfter : authority.notAfter,
    subject: [{ CN: [name] }],
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey: await signingKey(issuer.key),
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(usages.map((usage) => purposes[usage])),
      new SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: "dns", value }))),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  return pair(certificate, keys);
}

const purposes: Record<Usage, ExtendedKeyUsage> = {
  server: ExtendedKeyUsage.serverAuth,
  client: ExtendedKeyUsage.clientAuth,
};

async function pair(certificate: X509Certificate, { privateKey }: webcrypto.CryptoKeyPair): Promise<NewPair> {
  return {
    certificate: certificate.toString("pem"),
    key: await keyText(privateKey),
    notAfter: certificate.notAfter.toISOString(),
  };
}

function validity(days: number) {
  const now = Date.now();
  return {
    serialNumber: randomBytes(16).toString("hex"),
    notBefore: new Date(now - backdatedMs),
    notAfter: new Date(now + days * dayMs),
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function keyText(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${bytes.replace(/.{64}(?=.)/g, "$&\n")}\n-----END PRIVATE KEY-----\n`;
}

function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const bytes = Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64");
  return webcrypto.subtle.importKey("pkcs8", bytes, algorithm, false, ["sign"]);
}
