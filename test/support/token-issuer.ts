import { type CompactJWSHeaderParameters, CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose';

/** An issuer of tokens with keys of its own, for tests. */
export interface TokenIssuer {
  /** The public part, with `kid` and `alg`. */
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
  /** A JSON Web Key Set with that key and others. */
  keySet(...others: readonly object[]): string;
  /** A compact JWS of the claims, or of any text. */
  sign(claims: object | string, header?: Readonly<Record<string, unknown>>): Promise<string>;
}

/** Makes an issuer; `kid` is its key's. */
export async function tokenIssuer(alg = 'ES256', kid = 'key-1'): Promise<TokenIssuer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return {
    jwk,
    privateKey,
    keySet: (...others) => JSON.stringify({ keys: [jwk, ...others] }),
    sign: (claims, header = {}) => {
      const text = typeof claims === 'string' ? claims : JSON.stringify(claims);
      const protectedHeader = { alg, kid, typ: 'JWT', ...header } as CompactJWSHeaderParameters;
      return new CompactSign(new TextEncoder().encode(text))
        .setProtectedHeader(protectedHeader)
        .sign(privateKey);
    },
  };
}

/** Base64url of a text or bytes, without padding. */
export function base64Url(value: string | Uint8Array): string {
  return Buffer.from(value).toString('base64url');
}
