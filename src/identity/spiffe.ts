/** A parsed SPIFFE ID (SPIFFE-ID §2). */
export interface SpiffeId {
  readonly trustDomain: string;
  /** Empty, or `/segment/…`. */
  readonly path: string;
}

/** The workload that an ID of the form `/ns/<namespace>/sa/<serviceAccount>` names. */
export interface Workload {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** Why a text is no SPIFFE ID; the reasons of go-spiffe, and the size limits of SPIFFE-ID §2.1 and §2.3. */
export type SpiffeCode = keyof typeof reasons;

/** A text that is no SPIFFE ID. */
export class SpiffeError extends Error {
  override readonly name = 'SpiffeError';
  readonly code: SpiffeCode;

  constructor(code: SpiffeCode) {
    super(reasons[code]);
    this.code = code;
  }
}

/** Parses `spiffe://<trust domain>[/<segment>…]`; throws SpiffeError. Nothing is decoded or normalised. */
export function parseSpiffeId(text: string): SpiffeId {
  if (text === '') throw new SpiffeError('empty');
  if (text.length > 2048) throw new SpiffeError('too_long');
  if (!text.startsWith(SCHEME)) throw new SpiffeError('scheme');
  const slash = text.indexOf('/', SCHEME.length);
  const end = slash === -1 ? text.length : slash;
  const id = { trustDomain: text.slice(SCHEME.length, end), path: text.slice(end) };
  checkTrustDomain(id.trustDomain);
  checkPath(id.path);
  return id;
}

/** The text of an ID; throws SpiffeError where the parts make none. */
export function formatSpiffeId(id: SpiffeId): string {
  checkTrustDomain(id.trustDomain);
  checkPath(id.path);
  const text = SCHEME + id.trustDomain + id.path;
  if (text.length > 2048) throw new SpiffeError('too_long');
  return text;
}

/** `spiffe://<trustDomain>/ns/<namespace>/sa/<serviceAccount>`; throws SpiffeError. */
export function workloadId(trustDomain: string, namespace: string, serviceAccount: string): SpiffeId {
  for (const segment of [namespace, serviceAccount]) checkSegment(segment);
  const id = { trustDomain, path: `/ns/${namespace}/sa/${serviceAccount}` };
  formatSpiffeId(id);
  return id;
}

/** The workload an ID names, or undefined where its path has another form. */
export function workloadOf(id: SpiffeId): Workload | undefined {
  const [root, ns, namespace, sa, serviceAccount, ...rest] = id.path.split('/');
  if (root !== '' || ns !== 'ns' || sa !== 'sa' || rest.length > 0) return undefined;
  return namespace && serviceAccount ? { namespace, serviceAccount } : undefined;
}

/** Whether two IDs are the same, byte for byte (SPIFFE-ID §2). */
export function sameSpiffeId(a: SpiffeId, b: SpiffeId): boolean {
  return a.trustDomain === b.trustDomain && a.path === b.path;
}

const SCHEME = 'spiffe://';

const reasons = {
  empty: 'cannot be empty',
  too_long: 'is longer than 2048 bytes',
  scheme: 'scheme is missing or invalid',
  trust_domain_missing: 'trust domain is missing',
  trust_domain_too_long: 'trust domain is longer than 255 bytes',
  trust_domain_character:
    'trust domain characters are limited to lowercase letters, numbers, dots, dashes, and underscores',
  leading_slash: 'path must have a leading slash',
  trailing_slash: 'path cannot have a trailing slash',
  empty_segment: 'path cannot contain empty segments',
  dot_segment: 'path cannot contain dot segments',
  path_character: 'path segment characters are limited to letters, numbers, dots, dashes, and underscores',
} as const;

function checkTrustDomain(name: string): void {
  if (name === '') throw new SpiffeError('trust_domain_missing');
  if (!/^[a-z0-9._-]+$/.test(name)) throw new SpiffeError('trust_domain_character');
  if (name.length > 255) throw new SpiffeError('trust_domain_too_long');
}

function checkPath(path: string): void {
  if (path === '') return;
  const [root, ...segments] = path.split('/');
  if (root !== '') throw new SpiffeError('leading_slash');
  if (segments.at(-1) === '') throw new SpiffeError('trailing_slash');
  for (const segment of segments) checkSegment(segment);
}

function checkSegment(segment: string): void {
  if (segment === '') throw new SpiffeError('empty_segment');
  if (segment === '.' || segment === '..') throw new SpiffeError('dot_segment');
  if (!/^[a-zA-Z0-9._-]+$/.test(segment)) throw new SpiffeError('path_character');
}
