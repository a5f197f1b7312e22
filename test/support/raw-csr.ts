import { encodePem } from '../../src/identity/pem.ts';
import { exportPublicKey, generateKey, P256 } from '../../src/identity/x509/p256.ts';
import { der, integer } from './raw-certificate.ts';

/** The members of a PKCS#10 request, encoded. */
export interface CsrParts {
  readonly version: Uint8Array;
  readonly subject: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly attributes: Uint8Array;
  readonly algorithm: Uint8Array;
  /** The contents of the signature's BIT STRING, from the two integers. */
  readonly signature: (raw: Uint8Array) => Uint8Array;
}

/** A request that is right but for what is given; its key signs it. PEM. */
export async function rawCsr(change: Partial<CsrParts> = {}): Promise<string> {
  const keys = await generateKey();
  const good: CsrParts = {
    version: integer(Uint8Array.of(0)),
    subject: der(0x30),
    publicKey: await exportPublicKey(keys.publicKey),
    attributes: der(0xa0),
    algorithm: der(0x30, der(0x06, Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))),
    signature: (raw) => der(0x30, integer(raw.subarray(0, 32)), integer(raw.subarray(32))),
  };
  const { version, subject, publicKey, attributes, algorithm, signature } = { ...good, ...change };
  const info = der(0x30, version, subject, publicKey, attributes);
  const raw = new Uint8Array(await crypto.subtle.sign(P256, keys.privateKey, info));
  const bits = der(0x03, Uint8Array.of(0), signature(raw));
  return encodePem('CERTIFICATE REQUEST', der(0x30, info, algorithm, bits));
}
