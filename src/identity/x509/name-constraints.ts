import { sameBytes } from '../bytes.ts';
import { IdentityError } from '../identity-error.ts';
import { type Certificate, extension } from './certificate.ts';
import { type DerValue, inside, readDer, readOid, Tag } from './der.ts';
import { Oid } from './extensions.ts';
import { type GeneralName, isHostName, isMailbox, readAltNames, readGeneralName } from './general-name.ts';

/** Name constraints (RFC 5280 §4.2.1.10) of an authority. */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** Reads the extension; it must be critical, not empty, and well-formed. Throws `certificate_constraints`. */
export function readNameConstraints(certificate: Certificate): NameConstraints | undefined {
  const found = extension(certificate, Oid.nameConstraints);
  if (found === undefined) return undefined;
  if (!found.critical) throw refusal('are not critical');
  const fields = inside(readDer(found.value, Tag.sequence));
  const permitted = readSubtrees(fields.readOptional(PERMITTED));
  const excluded = readSubtrees(fields.readOptional(EXCLUDED));
  fields.end();
  if (permitted.length + excluded.length === 0) throw refusal('are empty');
  if (permitted.length + excluded.length > MAX_SUBTREES) throw refusal('are too many');
  return { permitted, excluded };
}

/**
 * Throws `certificate_constraints` unless every name of a certificate is within the constraints of an authority above
 * it. Names of a kind that is constrained and not understood are outside.
 */
export function checkConstrained(certificate: Certificate, { permitted, excluded }: NameConstraints): void {
  for (const name of namesOf(certificate)) {
    if (excluded.some((subtree) => subtree.kind === name.kind && mayMatch(name, subtree)))
      throw refusal(`exclude a name of kind ${name.kind}`);
    const allowed = permitted.filter((subtree) => subtree.kind === name.kind);
    if (allowed.length > 0 && !allowed.some((subtree) => isWithin(name, subtree)))
      throw refusal(`do not permit a name of kind ${name.kind}`);
  }
}

const PERMITTED = 0xa0;
const EXCLUDED = 0xa1;
/** Names and subtrees are compared each with each. */
const MAX_SUBTREES = 64;
const MAX_NAMES = 256;
const EMAIL_ADDRESS = '1.2.840.113549.1.9.1';

function readSubtrees(list: DerValue | undefined): GeneralName[] {
  const subtrees: GeneralName[] = [];
  const reader = list && inside(list);
  while (reader?.next !== undefined) {
    const fields = inside(reader.read(Tag.sequence));
    const subtree = readGeneralName(fields.readAny());
    // `minimum` and `maximum` must be left at their defaults, which DER does not write.
    fields.end();
    if (!isSubtree(subtree)) throw refusal(`have a malformed subtree of kind ${subtree.kind}`);
    subtrees.push(subtree);
  }
  return subtrees;
}

function isSubtree({ kind, text, content }: GeneralName): boolean {
  const host = text.startsWith('.') ? text.slice(1) : text;
  if (kind === 'dns') return text === '' || isHostName(text);
  if (kind === 'uri') return isHostName(host);
  if (kind === 'email') return isHostName(host) || isMailbox(text);
  return kind !== 'ip' || isPrefix(content);
}

/** An address and a mask of the same length, whose ones come first. */
function isPrefix(content: Uint8Array): boolean {
  if (content.length !== 8 && content.length !== 32) return false;
  const bits = [...content.subarray(content.length / 2)]
    .map((octet) => octet.toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits);
}

/** The alternative names, and the subject as a directory name, with its mail addresses. */
function namesOf(certificate: Certificate): GeneralName[] {
  const names = [...readAltNames(certificate)];
  const subject = { kind: 'directory', content: certificate.subject, text: '' } as const;
  const sets = distinguishedNames(certificate.subject);
  if (sets.length > 0) names.push(subject);
  if (sets.some(hasMailAddress)) names.push({ kind: 'email', content: new Uint8Array(), text: '' });
  if (names.length > MAX_NAMES) throw refusal('stand over too many names');
  return names;
}

function hasMailAddress(set: DerValue): boolean {
  const pairs = inside(set);
  while (pairs.next !== undefined)
    if (readOid(inside(pairs.read(Tag.sequence))) === EMAIL_ADDRESS) return true;
  return false;
}

/** For what is excluded: also a wildcard that covers a part of the subtree, and all that cannot be compared. */
function mayMatch(name: GeneralName, subtree: GeneralName): boolean {
  if (name.kind === 'directory' || name.text === '' || !COMPARED.has(name.kind))
    return name.kind !== 'ip' || isWithin(name, subtree);
  if (name.kind === 'uri' && hostOf(name.text) === undefined) return true;
  if (name.text.startsWith('*.')) return isWithin(name, subtree) || isBelow(subtree.text, name.text.slice(2));
  return isWithin(name, subtree);
}

const COMPARED = new Set(['dns', 'uri', 'email']);

function isWithin(name: GeneralName, subtree: GeneralName): boolean {
  if (name.kind === 'dns')
    return isBelow(name.text.startsWith('*.') ? name.text.slice(2) : name.text, subtree.text);
  if (name.kind === 'uri') return isHostWithin(hostOf(name.text), subtree.text);
  if (name.kind === 'email') return isMailboxWithin(name.text, subtree.text);
  if (name.kind === 'ip') return isAddressWithin(name.content, subtree.content);
  return name.kind === 'directory' && isDirectoryWithin(name.content, subtree.content);
}

function isBelow(name: string, subtree: string): boolean {
  const [low, high] = [name.toLowerCase(), subtree.toLowerCase()];
  return high === '' || low === high || low.endsWith(`.${high}`);
}

/** A host stands for itself, with a leading dot for what is below it. */
function isHostWithin(host: string | undefined, subtree: string): boolean {
  if (host === undefined) return false;
  const [low, high] = [host.toLowerCase(), subtree.toLowerCase()];
  return high.startsWith('.') ? low.endsWith(high) && low.length > high.length : low === high;
}

function isMailboxWithin(mailbox: string, subtree: string): boolean {
  const [local, host] = mailbox.split('@');
  const [wanted, of] = subtree.split('@');
  if (of === undefined) return isHostWithin(host, subtree);
  return local === wanted && isHostWithin(host, of);
}

/** The host of a URI's authority (RFC 3986 §3.2.2); undefined where there is none, or an address. */
function hostOf(uri: string): string | undefined {
  const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(uri)?.[1];
  const host = authority?.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '');
  return host !== undefined && isTrustDomain(host) ? host : undefined;
}

/** As a host, but a trust domain may have underscores. */
function isTrustDomain(host: string): boolean {
  return /^[A-Za-z0-9_.-]{1,253}$/.test(host) && /[A-Za-z]/.test(host.slice(host.lastIndexOf('.') + 1));
}

function isAddressWithin(address: Uint8Array, subtree: Uint8Array): boolean {
  const size = subtree.length / 2;
  return (
    address.length === size &&
    address.every((octet, i) => ((octet ^ (subtree[i] ?? 0)) & (subtree[size + i] ?? 0xff)) === 0)
  );
}

/** By the octets of its leading parts: a spelling that differs is outside. */
function isDirectoryWithin(name: Uint8Array, subtree: Uint8Array): boolean {
  const [parts, leading] = [distinguishedNames(name), distinguishedNames(subtree)];
  return leading.every((part, i) => sameBytes(part.raw, parts[i]?.raw ?? new Uint8Array()));
}

function distinguishedNames(name: Uint8Array): DerValue[] {
  const sets: DerValue[] = [];
  const reader = inside(readDer(name, Tag.sequence));
  while (reader.next !== undefined) sets.push(reader.read(Tag.set));
  return sets;
}

function refusal(detail: string): IdentityError {
  return new IdentityError('certificate_constraints', `name constraints ${detail}`);
}
