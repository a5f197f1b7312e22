import { ProfileField } from '../../identity/signature/profile.ts';
import { formatSpiffeId, type SpiffeId, workloadId } from '../../identity/spiffe.ts';
import type { Target } from '../../snapshot/target.ts';
import type { CanonicalEdits } from './canonicalise.ts';
import type { ClientCertificate, Peer } from './connection.ts';
import type { Edit } from './decision.ts';
import { isIdentityHeader, isProxyHeader, removals } from './identity-headers.ts';

type SetEdits = readonly [Extract<Edit, { kind: 'set' }>];

/** Envoy's XFCC header. */
const XFCC = 'x-forwarded-client-cert';
/** A subject that is longer says nothing here, lest it crowd out the rest of the head. */
const MAX_SUBJECT = 1024;
/** The same of an edge client's certificate, and of all its names together. */
const MAX_PEM = 8192;
const MAX_NAMES = 4096;
/** What separates the parts of the header. */
const SPECIAL: ReadonlySet<string> = new Set(',;="\\');

/**
 * The inbound edits of identity headers: `x-weft-*` goes; of a verified peer our element, made from its
 * certificate, is added to what it sent in `x-forwarded-client-cert` (APPEND_FORWARD), of anybody else the
 * header goes, and so does `x-envoy-*`. `self` is this workload's SPIFFE ID, empty where its names make none.
 */
export function clientCertEdits(self: string): CanonicalEdits {
  /** By peer, which says the same with every request: our element alone. */
  const elements = new WeakMap<Peer, SetEdits>();
  const editsOf = (peer: Peer): SetEdits => {
    const known = elements.get(peer);
    if (known !== undefined) return known;
    const fresh: SetEdits = [{ kind: 'set', name: XFCC, value: clientCertElement(self, peer) }];
    elements.set(peer, fresh);
    return fresh;
  };
  return ({ request, connection }) => {
    const { peer } = connection;
    if (peer === undefined) return removals(request.headers, isProxyHeader);
    const alone = editsOf(peer);
    const [{ value: element }] = alone;
    const signed = connection.security === 'signed_request';
    const removed = removals(request.headers, signed ? isUnsigned : isMetadata);
    const before = request.headers.get(XFCC);
    if (before === undefined && removed.length === 0) return alone;
    const value = before === undefined || !isClosed(before) ? element : `${before},${element}`;
    return [...removed, { kind: 'set', name: XFCC, value }];
  };
}

/**
 * What a gateway says of a client that showed a certificate, instead of what the client says (SANITIZE_SET, Istio's
 * default there); undefined of any other.
 */
export function edgeCertEdit(certificate: ClientCertificate | undefined): Edit | undefined {
  if (certificate === undefined) return undefined;
  let value = edgeElements.get(certificate);
  if (value === undefined) {
    value = edgeCertElement(certificate);
    edgeElements.set(certificate, value);
  }
  return { kind: 'set', name: XFCC, value };
}

const edgeElements = new WeakMap<ClientCertificate, string>();

/** `Hash=…;Cert="…";Subject="…";URI=…;DNS=…`, every name with a key of its own; what is too long is left out. */
export function edgeCertElement({ hash, pem, subject, uris, dnsNames }: ClientCertificate): string {
  const cert = pem.length > MAX_PEM ? '' : `Cert="${encodeURIComponent(pem)}";`;
  const head = `Hash=${hash};${cert}Subject="${subject.length > MAX_SUBJECT ? '' : subject}"`;
  const names = [
    ...uris.map((uri) => `;URI=${quoted(uri)}`),
    ...dnsNames.map((name) => `;DNS=${quoted(name)}`),
  ];
  let room = MAX_NAMES;
  const fitting = names.filter((name) => {
    room -= name.length;
    return room >= 0;
  });
  return head + fitting.join('');
}

/** A name that could be read as the end of its element stands in quotes. */
function quoted(name: string): string {
  const plain = ![...name].some((character) => SPECIAL.has(character));
  return plain ? name : `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
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
  return name !== XFCC && isIdentityHeader(name);
}

/** Of a signed request; whether its body is signed is for policies to judge. */
function isUnsigned(name: string): boolean {
  return name !== ProfileField.digest && isMetadata(name);
}

function textOf({ trustDomain, path }: SpiffeId): string {
  return `spiffe://${trustDomain}${path}`;
}
