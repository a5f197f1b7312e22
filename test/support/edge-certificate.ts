import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
} from '@peculiar/x509';
import { encodePem } from '../../src/identity/pem.ts';
import { Purpose } from '../../src/identity/x509/extensions.ts';
import { exportPrivateKey } from '../../src/identity/x509/p256.ts';
import { caExtensions, type TestCertificate, testCertificate } from './test-certificate.ts';

/** A certificate with its key, as PEM. */
export interface PemPair {
  readonly cert: string;
  readonly key: string;
}

/** A CA of the world outside the mesh, valid now. */
export class EdgeCa {
  readonly #issuer: TestCertificate;

  private constructor(issuer: TestCertificate) {
    this.#issuer = issuer;
  }

  static async create(name: string): Promise<EdgeCa> {
    return new EdgeCa(
      await testCertificate({ ...validity(2), subject: `CN=${name}`, extensions: caExtensions() }),
    );
  }

  /** Its own certificate. */
  get pem(): string {
    return encodePem('CERTIFICATE', this.#issuer.der);
  }

  /** A leaf with these names; a server's or a client's. */
  async issue(...names: readonly JsonGeneralName[]): Promise<PemPair> {
    const leaf = await testCertificate({
      ...validity(1),
      issuer: this.#issuer,
      subject: 'CN=leaf',
      extensions: [
        new SubjectAlternativeNameExtension([...names]),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([Purpose.server, Purpose.client]),
      ],
    });
    const key = encodePem('PRIVATE KEY', await exportPrivateKey(leaf.keys.privateKey));
    return { cert: encodePem('CERTIFICATE', leaf.der), key };
  }

  server(host: string): Promise<PemPair> {
    return this.issue({ type: 'dns', value: host });
  }
}

/** Writes `<name>.crt` and `<name>.key`. */
export function writePair(folder: string, name: string, { cert, key }: PemPair): void {
  writeFileSync(join(folder, `${name}.crt`), cert);
  writeFileSync(join(folder, `${name}.key`), key, { mode: 0o600 });
}

function validity(hours: number) {
  const now = Date.now();
  return { notBefore: now - 60_000, notAfter: now + hours * 3_600_000 };
}
