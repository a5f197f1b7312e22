import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `openssl genpkey` takes. */
export const keyOptions = {
  'P-256': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'P-384': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  'P-521': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  'RSA-2048': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'RSA-1024': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
  Ed25519: ['-algorithm', 'Ed25519'],
} as const;

export interface CertificateWish {
  readonly key?: keyof typeof keyOptions;
  /** Lines of an openssl extension section. */
  readonly extensions?: readonly string[];
}

const authority = (pathLength: number) => [
  `basicConstraints=critical,CA:true,pathlen:${pathLength}`,
  'keyUsage=critical,keyCertSign,cRLSign',
  'subjectKeyIdentifier=hash',
];

/** Makes a plug-in CA as an organisation would, with openssl, in a directory of Istio's file names. */
export class PlugInCa {
  readonly directory: string;
  readonly #work: string;

  constructor(directory: string) {
    this.directory = directory;
    this.#work = join(directory, 'work');
    mkdirSync(this.#work, { recursive: true });
  }

  /** Root, `between` further intermediates, and the one that issues; all four files. */
  static whole(directory: string, wish: CertificateWish = {}, between = 0): PlugInCa {
    const ca = new PlugInCa(directory);
    ca.certificate('root', undefined, { extensions: authority(between + 1) });
    let issuer = 'root';
    for (let i = between; i > 0; i--) {
      ca.certificate(`between-${i}`, issuer, { extensions: authority(i) });
      issuer = `between-${i}`;
    }
    ca.certificate('ca', issuer, { extensions: authority(0), ...wish });
    copyFileSync(ca.pem('ca'), join(directory, 'ca-cert.pem'));
    copyFileSync(ca.keyFile('ca'), join(directory, 'ca-key.pem'));
    copyFileSync(ca.pem('root'), join(directory, 'root-cert.pem'));
    chmodSync(join(directory, 'ca-key.pem'), 0o600);
    const chain = ['ca', ...Array.from({ length: between }, (_, i) => `between-${i + 1}`), 'root'];
    writeFileSync(join(directory, 'cert-chain.pem'), '');
    for (const one of chain) appendFileSync(join(directory, 'cert-chain.pem'), readFileSync(ca.pem(one)));
    return ca;
  }

  pem(name: string): string {
    return join(this.#work, `${name}.pem`);
  }

  keyFile(name: string): string {
    return join(this.#work, `${name}.key`);
  }

  /** A certificate by an issuer that was made before; undefined = by itself. */
  certificate(name: string, issuer: string | undefined, wish: CertificateWish): void {
    const { key = 'P-256', extensions = authority(0) } = wish;
    this.#openssl('genpkey', ...keyOptions[key], '-out', this.keyFile(name));
    chmodSync(this.keyFile(name), 0o600);
    const request = join(this.#work, `${name}.csr`);
    const subject = ['-subj', `/O=Example/CN=${name}`];
    this.#openssl('req', '-new', '-key', this.keyFile(name), ...subject, '-out', request);
    const section = join(this.#work, `${name}.ext`);
    const identifier = issuer === undefined ? [] : ['authorityKeyIdentifier=keyid:always'];
    writeFileSync(section, [...extensions, ...identifier].join('\n'));
    const signer =
      issuer === undefined
        ? ['-signkey', this.keyFile(name)]
        : ['-CA', this.pem(issuer), '-CAkey', this.keyFile(issuer), '-CAcreateserial'];
    const out = ['-extfile', section, '-days', '30', '-out', this.pem(name)];
    this.#openssl('x509', '-req', '-in', request, ...signer, ...out);
  }

  #openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }
}
