import { encodeBase64 } from '../../src/identity/bytes.ts';

/** `request.cf.tlsClientAuth` as Cloudflare's edge fills it; local workerd has a placeholder of the same members. */
export interface TlsClientAuth {
  readonly certPresented: '0' | '1';
  readonly certVerified: string;
  readonly certRevoked: '0' | '1';
  readonly certIssuerDN: string;
  readonly certSubjectDN: string;
  readonly certFingerprintSHA256: string;
  readonly certNotBefore: string;
  readonly certNotAfter: string;
  /** `:base64:` (RFC 9440 §2.2), or empty. */
  readonly certRFC9440: string;
  readonly certRFC9440TooLarge: boolean;
  /** Without the leaf, joined by commas. */
  readonly certChainRFC9440: string;
  readonly certChainRFC9440TooLarge: boolean;
}

/** What workerd has locally: nobody showed a certificate. */
export const PLACEHOLDER: TlsClientAuth = {
  certPresented: '0',
  certVerified: 'NONE',
  certRevoked: '0',
  certIssuerDN: '',
  certSubjectDN: '',
  certFingerprintSHA256: '',
  certNotBefore: '',
  certNotAfter: '',
  certRFC9440: '',
  certRFC9440TooLarge: false,
  certChainRFC9440: '',
  certChainRFC9440TooLarge: false,
};

/** That of a client that showed these certificates, DER, leaf first; the edge knows none of our roots. */
export function clientAuth(...[leaf, ...chain]: readonly Uint8Array[]): TlsClientAuth {
  return {
    ...PLACEHOLDER,
    certPresented: '1',
    certVerified: 'FAILED:unable to get local issuer certificate',
    certRFC9440: leaf === undefined ? '' : bytes(leaf),
    certChainRFC9440: chain.map(bytes).join(', '),
  };
}

const bytes = (der: Uint8Array): string => `:${encodeBase64(der)}:`;
