import { IdentityError } from './identity-error.ts';
import { list, optional, record, type Shape, ShapeError, text } from './json-shape.ts';
import { SpiffeError, workloadId } from './spiffe.ts';

/** Which mesh a workload is of, whom it believes there and who it is. No secret, but it must not be forged. */
export interface Membership {
  /** Base URL of control: https, or http to a loopback address. */
  readonly control: string;
  /** Mesh id; the audience of proofs. */
  readonly mesh: string;
  readonly trustDomain: string;
  /** SHA-256 of the root's DER, lower-case hexadecimal. */
  readonly rootHash: string;
  /** The same of further roots, while one takes another's place. */
  readonly otherRootHashes?: readonly string[] | undefined;
  /** RFC 7638 thumbprints (SHA-256, base64url) of the keys that sign manifests. */
  readonly signingKeys: readonly string[];
  readonly namespace: string;
  readonly workload: string;
  readonly serviceAccount: string;
}

const MAX_LENGTH = 16 * 1024;

const name = text(253, /^[a-zA-Z0-9._-]+$/, 'be letters, numbers, dots, dashes and underscores');

const hash = text(64, /^[0-9a-f]{64}$/, 'be 64 lower-case hexadecimal digits');

/** The shape of each field. */
export const membershipFields = {
  control: text(2048),
  mesh: name,
  trustDomain: text(255),
  rootHash: hash,
  otherRootHashes: optional(list(hash, 7)),
  signingKeys: list(text(43, /^[A-Za-z0-9_-]{43}$/, 'be a SHA-256 thumbprint in base64url'), 8),
  namespace: name,
  workload: name,
  serviceAccount: name,
};

const shape: Shape<Membership> = record(membershipFields);

/** Parses what `membershipText` wrote; throws `join_bundle` with the field and what is wrong with it. */
export function parseMembership(json: string): Membership {
  return readMembership(json, shape, 'stored membership');
}

/** As JSON, without the join token, to be kept in a file that only its owner can write. */
export function membershipText(membership: Membership): string {
  const { control, mesh, trustDomain, rootHash, otherRootHashes, signingKeys } = membership;
  const { namespace, workload, serviceAccount } = membership;
  const who = { namespace, workload, serviceAccount };
  return JSON.stringify({ control, mesh, trustDomain, rootHash, otherRootHashes, signingKeys, ...who });
}

/** Reads JSON of that shape, `what` names it in messages; throws `join_bundle`, and never quotes a value. */
export function readMembership<T extends Membership>(json: string, shaped: Shape<T>, what: string): T {
  const refusal = (detail: string) => new IdentityError('join_bundle', `${what} ${detail}`);
  if (json.length > MAX_LENGTH) throw refusal('is longer than 16 KiB');
  const membership = readShape(parseJson(json, refusal), shaped, refusal);
  if (!isControlUrl(membership.control))
    throw refusal('.control must be an https URL, or http to a loopback address');
  checkIdentity(membership, refusal);
  if (membership.otherRootHashes === undefined) Reflect.deleteProperty(membership, 'otherRootHashes');
  return membership;
}

type Refusal = (detail: string) => IdentityError;

function readShape<T>(value: unknown, shaped: Shape<T>, refusal: Refusal): T {
  try {
    return shaped(value, '');
  } catch (cause) {
    if (cause instanceof ShapeError) throw refusal(cause.message);
    throw cause;
  }
}

function parseJson(json: string, refusal: Refusal): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The parser's own message may quote the text, and with it the token.
    throw refusal('is not JSON');
  }
}

function isControlUrl(control: string): boolean {
  const url = URL.parse(control);
  if (url === null || url.username !== '' || url.password !== '') return false;
  if (control.includes('?') || control.includes('#')) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function checkIdentity({ trustDomain, namespace, serviceAccount }: Membership, refusal: Refusal): void {
  try {
    workloadId(trustDomain, namespace, serviceAccount);
  } catch (cause) {
    if (cause instanceof SpiffeError) throw refusal(`names no workload: ${cause.message}`);
    throw cause;
  }
}
