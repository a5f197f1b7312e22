import { isGrpc } from '../../http/grpc.ts';
import type { HeaderList } from '../../http/header-list.ts';
import { contentDigestOf } from '../../identity/signature/content-digest.ts';
import { SIGNATURE_FIELDS, withoutOwnMember } from '../../identity/signature/own-member.ts';
import { ProfileField } from '../../identity/signature/profile.ts';
import type { ProofKey } from '../../identity/signature/proof-key.ts';
import { signRequest } from '../../identity/signature/sign-request.ts';
import { type Attempt, TransportError } from '../../proxy/forward/transport.ts';
import { type Cancellation, Canceller, type Clock, type Random } from '../ports.ts';
import type { FetchBody } from './fetch-exchange.ts';
import { OctetBudget } from './octet-budget.ts';
import { type ReadAhead, readAhead } from './read-ahead.ts';

/** What requests are signed with. */
export interface SigningParts {
  /** The key of this moment; undefined while there is none that is certified. */
  readonly key: () => ProofKey | undefined;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly random: Pick<Random, 'bytes'>;
}

/** Fields and body of a request as they are sent. */
export interface Sendable {
  readonly headers: HeaderList;
  readonly body: FetchBody | Uint8Array<ArrayBuffer> | undefined;
}

/** What one attempt is signed with, and for how long it is wanted. */
export interface Signing {
  readonly key: ProofKey;
  readonly parts: SigningParts;
  /** Of all bodies that wait to be signed. */
  readonly budget: OctetBudget;
  readonly signal: Cancellation | undefined;
}

/** Longest body that is read ahead to be signed, bytes. */
const MAX_SIGNED_BODY = 1024 * 1024;
/** Longest time for which the end of a body is waited for, ms. */
const MAX_WAIT_MS = 10_000;
/** Octets that wait to be signed at one time: an eighth of what an isolate has. */
const MAX_WAITING = 16 * 1024 * 1024;

/** The room that the bodies of all requests share while they wait to be signed. */
export function signingBudget(): OctetBudget {
  return new OctetBudget(MAX_WAITING);
}

/**
 * The request of a mesh attempt signed by the profile `weft/1`; `fields` are what it would be sent with without a
 * signature, `authority` is what fetch makes Host of. A body of up to 1 MiB is signed too; a longer one, one that takes
 * more than 10 s, and one for which there is no room are passed on and flagged `x-weft-digest: none`. Throws
 * TransportError when the signal fires.
 */
export async function signedFetch(
  { request, body, cluster }: Attempt<FetchBody>,
  fields: HeaderList,
  authority: string,
  signing: Signing,
): Promise<Sendable> {
  const { key, parts } = signing;
  const { tls } = cluster;
  const headers = fields.copy();
  for (const name of SIGNATURE_FIELDS) keepOthers(headers, name);
  headers.delete(ProfileField.digest);
  headers.set(ProfileField.source, key.source);
  headers.set(ProfileField.destination, tls.mode === 'mesh' ? tls.sans.join(', ') : '');
  headers.set(ProfileField.certificates, key.chainText);
  headers.set(ProfileField.authority, request.authority);
  headers.set(ProfileField.serverName, tls.mode === 'mesh' ? tls.sni : '');
  const sent = body && (await digested(body, headers, signing));
  const { method, path, query } = request;
  const inputs = { key, now: parts.clock.now(), nonce: parts.random.bytes(16) };
  const { input, signature } = await signRequest({ method, authority, path, query, headers }, inputs);
  headers.append('signature-input', input);
  headers.append('signature', signature);
  return { headers, body: sent };
}

/** Our label is ours alone; what else a client has signed it may. */
function keepOthers(headers: HeaderList, name: string): void {
  const text = headers.get(name);
  if (text === undefined) return;
  const others = withoutOwnMember(text);
  headers.delete(name);
  if (others !== '') headers.append(name, others);
}

/** gRPC sends while it hears: waiting for the end of its body could take for ever. */
async function digested(
  body: FetchBody,
  headers: HeaderList,
  signing: Signing,
): Promise<FetchBody | Uint8Array<ArrayBuffer>> {
  if (!isGrpc(headers.get('content-type')) && !signing.budget.isSpent) {
    const { bytes, whole, body: rest } = await beginning(body, signing);
    if (whole) {
      headers.append('content-digest', await contentDigestOf(bytes));
      return bytes;
    }
    headers.set(ProfileField.digest, 'none');
    return rest;
  }
  headers.set(ProfileField.digest, 'none');
  return body;
}

async function beginning(body: FetchBody, { parts, budget, signal }: Signing): Promise<ReadAhead> {
  const read = new Canceller();
  const patience = parts.clock.sleep(MAX_WAIT_MS, read).catch(() => undefined);
  const ahead = await readAhead(body, { limit: MAX_SIGNED_BODY, patience, budget, signal });
  read.abort();
  if (signal?.aborted) throw new TransportError('aborted', false, 'abandoned before its body was signed');
  return ahead;
}
