import forge from "node-forge";

/** A certificate and its key, as PEM. */
export interface Certified {
  cert: string;
  key: string;
}

/** An authority that makes certificates for a test. */
export interface Authority {
  ca: string;
  /** A certificate for a server or client of the loopback. */
  certify(name: string): Certified;
}

const day = 86_400_000;
let serial = 1;

/** Makes an authority that nobody else knows. */
export function authority(): Authority {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const subject = [{ name: "commonName", value: "test authority" }];
  const make = (name: typeof subject, publicKey: forge.pki.rsa.PublicKey, extensions: object[]) => {
    const certificate = forge.pki.createCertificate();
    certificate.publicKey = publicKey;
    certificate.serialNumber = `0${(serial += 1).toString(16)}`;
    certificate.validity.notBefore = new Date(Date.now() - day);
    certificate.validity.notAfter = new Date(Date.now() + day);
    certificate.setSubject(name);
    certificate.setIssuer(subject);
    certificate.setExtensions(extensions);
    certificate.sign(keys.privateKey, forge.md.sha256.create());
    return forge.pki.certificateToPem(certificate);
  };
  const ca = make(subject, keys.publicKey, [
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, critical: true },
  ]);
  return {
    ca,
    certify(name) {
      const own = forge.pki.rsa.generateKeyPair(2048);
      const alternatives = [
        { type: 2, value: "localhost" },
        { type: 7, ip: "127.0.0.1" },
      ];
      const cert = make([{ name: "commonName", value: name }], own.publicKey, [
        { name: "subjectAltName", altNames: alternatives },
      ]);
      return { cert, key: forge.pki.privateKeyToPem(own.privateKey) };
    },
  };
}
