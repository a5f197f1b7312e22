/** One of RequestAuthentication jwtRules[], resolved. */
export interface JwtRule {
  /** Source key. */
  readonly source: string;
  /** Of a gateway: the Gateways that it is attached to (targetRefs); absent = all of them. */
  readonly gateways?: readonly string[];
  /** What `iss` must be; empty = any. */
  readonly issuer: string;
  /** One of these must be in `aud`; empty = any. */
  readonly audiences: readonly string[];
  readonly keys: KeySource;
  /** Where tokens are looked for, in the order in which they are read; never empty. */
  readonly places: readonly TokenPlace[];
  /** Whether the application gets the token as it came. */
  readonly forwardOriginalToken: boolean;
  /** Lower-case name of the header that gets the payload in base64url; absent = none. */
  readonly outputPayloadToHeader?: string;
  readonly outputClaimToHeaders: readonly ClaimHeader[];
  /** Top-level claims that are lists written as one string, `scope` and `permission` among them. */
  readonly spaceDelimitedClaims: readonly string[];
  /** How long fetching keys may take, ms. */
  readonly timeoutMs: number;
}

/** Where the keys of an issuer come from. */
export type KeySource =
  /** A JSON Web Key Set as text. */
  | { readonly kind: 'inline'; readonly jwks: string }
  | { readonly kind: 'uri'; readonly uri: string }
  /** OpenID Connect Discovery of the issuer. */
  | { readonly kind: 'discovery' };

/** Where a token may stand. Header names are lower-case; an empty prefix takes the whole value. */
export type TokenPlace =
  | { readonly kind: 'header'; readonly name: string; readonly prefix: string }
  | { readonly kind: 'param'; readonly name: string }
  | { readonly kind: 'cookie'; readonly name: string };

/** Copies a claim into a header. */
export interface ClaimHeader {
  /** Lower-case. */
  readonly header: string;
  /** From the top of the payload downwards. */
  readonly claim: readonly string[];
}
