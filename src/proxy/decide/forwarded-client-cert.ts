import { formatSpiffeId, type SpiffeId, workloadId } from '../../identity/spiffe.ts';
import type { Target } from '../../snapshot/target.ts';
import type { CanonicalEdits } from './canonicalise.ts';
import type { Peer } from './connection.ts';
import type { Edit } from './decision.ts';
import { isIdentityHeader, removals } from './identity-headers.ts';

/** Envoy's XFCC header. */
const XFCC = 'x-forwarded-client-cert';
/** A subject that is longer says nothing here, lest it crowd out the rest of the head. */
const MAX_SUBJECT = 1024;

/**
 * The inbound edits of identity headers: `x-weft-*` goes; of a verified peer our element, made from its
 * certificate, is added to what it sent in `x-forwarded-client-cert` (APPEND_FORWARD), of anybody else the
 * header goes. `self` is this workload's SPIFFE ID, empty where its names make none.
 */
export function clientCertEdits(self: string): CanonicalEdits {
  const elements = new WeakMap<Peer, string>();
  const elementOf = (peer: Peer): string => {
    const known = elements.get(peer);
    if (known !== undefined) return known;
    const fresh = clientCertElement(self, peer);
    elements.set(peer, fresh);
    return fresh;
  };
  return ({ request, connection }) => {
    const { peer } = connection;
    if (peer === undefined) return removals(request.headers, isIdentityHeader);
    const before = request.headers.get(XFCC);
    const element = elementOf(peer);
    const value = before === undefined || !isClosed(before) ? element : `${before},${element}`;
    const edits: Edit[] = [...removals(request.headers, isMetadata)];
    edits.push({ kind: 'set', name: XFCC, value });
    return edits;
  };
}

/** Whether the next element would stand outside of quotes; otherwise a peer could swallow ours in one of its own. */
function isClosed(value: string): boolean {
  let quoted = false;
  for (let i = 0; i < value.length; i++) {
    if (value[i] === '\\') i++;
    else if (value[i] === '"') quoted = !quoted;
  }
  return value !== '' && !quoted && !value.endsWith('\\');
}

/** One XFCC element: `By=…;Hash=…;Subject="…";URI=…`; RFC 4514 has escaped the subject's quotes already. */
export function clientCertElement(self: string, peer: Peer): string {
  const by = self === '' ? '' : `By=${self};`;
  const hash = peer.certificateHash === undefined ? '' : `Hash=${peer.certificateHash};`;
  const subject = (peer.subject ?? '').length > MAX_SUBJECT ? '' : (peer.subject ?? '');
  return `${by}${hash}Subject="${subject}";URI=${textOf(peer.id)}`;
}

/** The SPIFFE ID text of a snapshot's own workload; empty where its names make none. */
export function selfId(trustDomain: string, { namespace, serviceAccount }: Target): string {
  try {
    return formatSpiffeId(workloadId(trustDomain, namespace, serviceAccount));
  } catch {
    return '';
  }
}

function isMetadata(name: string): boolean {
  return name.startsWith('x-weft-');
}

function textOf({ trustDomain, path }: SpiffeId): string {
  return `spiffe://${trustDomain}${path}`;
}
