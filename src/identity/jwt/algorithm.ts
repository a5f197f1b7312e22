/** An algorithm of RFC 7518 or RFC 8037 that is verified here. `none` is no algorithm. */
export type JwsAlgorithm =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519'
  | 'HS256'
  | 'HS384'
  | 'HS512';

const RSA: readonly JwsAlgorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const ED25519: readonly JwsAlgorithm[] = ['EdDSA', 'Ed25519'];
const HMAC: readonly JwsAlgorithm[] = ['HS256', 'HS384', 'HS512'];
const EC: ReadonlyMap<string, readonly JwsAlgorithm[]> = new Map([
  ['P-256', ['ES256']],
  ['P-384', ['ES384']],
  ['P-521', ['ES512']],
]);
const ALL: ReadonlyMap<string, JwsAlgorithm> = new Map(
  [...RSA, ...[...EC.values()].flat(), ...ED25519, ...HMAC].map((alg) => [alg, alg]),
);

/** The algorithm of that name, exactly as it is written. */
export function jwsAlgorithm(name: string): JwsAlgorithm | undefined {
  return ALL.get(name);
}

/** What a key of this kind (`kty`) and curve (`crv`) may be used with. */
export function algorithmsOf(kty: string, crv: string | undefined): readonly JwsAlgorithm[] {
  switch (kty) {
    case 'RSA':
      return RSA;
    case 'EC':
      return EC.get(crv ?? '') ?? [];
    case 'OKP':
      return crv === 'Ed25519' ? ED25519 : [];
    default:
      return kty === 'oct' ? HMAC : [];
  }
}

/** RFC 7518 §3.2: a secret has at least as many bytes as the hash. */
export function shortestSecret(alg: JwsAlgorithm): number {
  return alg === 'HS512' ? 64 : alg === 'HS384' ? 48 : 32;
}
