import { type Component, component, type FieldLines } from './signature-base.ts';

/** The label of our signature in `Signature` and `Signature-Input`. */
export const LABEL = 'weft';
/** What `tag` says: whose rules they are. */
const TAG = 'weft-mesh/1';
/** Longest life of a signature, seconds. */
export const MAX_LIFE = 60;
/** What a signer's clock may be ahead, seconds: for so long its requests wait. Behind it may be for the life of one. */
export const MAX_AHEAD = 5;

/** The fields of the profile `weft/1`; all are signed but the certificates, which stand for themselves. */
export const ProfileField = {
  /** SPIFFE ID of who signs. */
  source: 'x-weft-src',
  /** SPIFFE IDs of whom it is for, one of which the receiver must be. */
  destination: 'x-weft-dst',
  /** Certificates of the key that signs. */
  certificates: 'x-weft-svid',
  /** The authority that was asked for: fetch sets Host to where it goes. */
  authority: 'x-weft-authority',
  /** The server name that mesh TLS would ask for: it names service and port. */
  serverName: 'x-weft-server-name',
  /** `none` where the body is not signed. */
  digest: 'x-weft-digest',
} as const;

/** What the parameters of our signatures say. Times in whole seconds since the epoch. */
export interface ProfileParameters {
  readonly created: number;
  readonly expires: number;
  /** 128 bits, base64url. */
  readonly nonce: string;
  /** SHA-256 of the signer's SubjectPublicKeyInfo, base64url. */
  readonly keyid: string;
}

/** The components that a request with these fields must cover, exactly and in this order. */
export function coveredComponents(headers: FieldLines): Coverage {
  let set = 0;
  for (let i = 0; i < OPTIONAL.length; i++) if (headers.indexOf(OPTIONAL[i] ?? '') >= 0) set |= 1 << i;
  const known = coverages[set];
  if (known !== undefined) return known;
  const names = [...ALWAYS, ...OPTIONAL.filter((_, i) => (set & (1 << i)) !== 0)];
  const components = names.map((name) =>
    component({ kind: 'item', value: { kind: 'string', value: name }, parameters: new Map() }),
  );
  const fresh = { components, list: `(${components.map(({ identifier }) => identifier).join(' ')})` };
  coverages[set] = fresh;
  return fresh;
}

/** What a signature covers, with the list as `Signature-Input` writes it. */
export interface Coverage {
  readonly components: readonly Component[];
  readonly list: string;
}

/** What such a text says, where it is of this list and all stands where it must; undefined for any other. */
export function readInput(text: string, list: string): ProfileParameters | undefined {
  const start = list.length;
  const created = text.slice(start + 9, start + 19);
  const expires = text.slice(start + 28, start + 38);
  const nonce = text.slice(start + 46, start + 68);
  const keyid = text.slice(start + 77, start + 120);
  if (!SECONDS.test(created) || !SECONDS.test(expires) || !NONCE.test(nonce) || !KEYID.test(keyid))
    return undefined;
  const parameters = { created: Number(created), expires: Number(expires), nonce, keyid };
  return text === inputText(list, parameters) ? parameters : undefined;
}

const SECONDS = /^\d{10}$/;
/** 128 bits, base64url. */
export const NONCE = /^[A-Za-z0-9_-]{22}$/;
/** 256 bits, base64url. */
export const KEYID = /^[A-Za-z0-9_-]{43}$/;

/** The one way in which the profile writes its member of `Signature-Input`. */
export function inputText(list: string, { created, expires, nonce, keyid }: ProfileParameters): string {
  return `${list};created=${created};expires=${expires};nonce="${nonce}";keyid="${keyid}";tag="${TAG}"`;
}

const ALWAYS = [
  '@method',
  '@authority',
  '@path',
  '@query',
  ProfileField.source,
  ProfileField.destination,
  ProfileField.authority,
  ProfileField.serverName,
];
/**
 * Covered where they are there. `x-weft-peer` says which workload of its identity the signer is, XFCC who its client is:
 * a sidecar believes both of a peer.
 */
const OPTIONAL = [
  'content-type',
  'content-digest',
  'authorization',
  ProfileField.digest,
  'x-weft-peer',
  'x-forwarded-client-cert',
];
/** By the set of optional fields. */
const coverages: (Coverage | undefined)[] = [];
