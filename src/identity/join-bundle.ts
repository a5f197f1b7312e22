import { IdentityError } from './identity-error.ts';
import { list, record, ShapeError, text } from './json-shape.ts';
import { SpiffeError, workloadId } from './spiffe.ts';

/** What a workload starts from, as JSON. A secret until its token is used or 10 minutes old. */
export interface JoinBundle {
  /** Base URL of control: https, or http to a loopback address. */
  readonly control: string;
  /** Mesh id; the audience of proofs. */
  readonly mesh: string;
  readonly trustDomain: string;
  /** SHA-256 of the root's DER, lower-case hexadecimal. */
  readonly rootHash: string;
  /** RFC 7638 thumbprints (SHA-256, base64url) of the keys that sign manifests. */
  readonly signingKeys: readonly string[];
  readonly token: string;
  readonly namespace: string;
  readonly workload: string;
  readonly serviceAccount: string;
}

/** Parses the JSON of a join bundle; throws `join_bundle` with the field and what is wrong with it. */
export function parseJoinBundle(json: string): JoinBundle {
  if (json.length > MAX_LENGTH) throw refusal('is longer than 16 KiB');
  const bundle = readShape(parseJson(json));
  if (!isControlUrl(bundle.control))
    throw refusal('.control must be an https URL, or http to a loopback address');
  checkIdentity(bundle);
  return bundle;
}

const MAX_LENGTH = 16 * 1024;

const name = text(253, /^[a-zA-Z0-9._-]+$/, 'be letters, numbers, dots, dashes and underscores');

const shape = record({
  control: text(2048),
  mesh: name,
  trustDomain: text(255),
  rootHash: text(64, /^[0-9a-f]{64}$/, 'be 64 lower-case hexadecimal digits'),
  signingKeys: list(text(43, /^[A-Za-z0-9_-]{43}$/, 'be a SHA-256 thumbprint in base64url'), 8),
  token: text(128, /^[\w.-]+$/, 'be a join token'),
  namespace: name,
  workload: name,
  serviceAccount: name,
});

function readShape(value: unknown): JoinBundle {
  try {
    return shape(value, '');
  } catch (cause) {
    if (cause instanceof ShapeError) throw refusal(cause.message);
    throw cause;
  }
}

function parseJson(json: string): unknown {
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

function checkIdentity(bundle: JoinBundle): void {
  try {
    workloadId(bundle.trustDomain, bundle.namespace, bundle.serviceAccount);
  } catch (cause) {
    if (cause instanceof SpiffeError) throw refusal(`names no workload: ${cause.message}`);
    throw cause;
  }
}

function refusal(detail: string): IdentityError {
  return new IdentityError('join_bundle', `join bundle ${detail}`);
}
