import { type Certificate, extension } from './certificate.ts';
import { formatAddress } from './certificate-names.ts';
import { type DerValue, inside, malformed, readDer, Tag } from './der.ts';
import { Oid } from './extensions.ts';

/** A GeneralName (RFC 5280 §4.2.1.6). `text` stands for the kinds that have one: email, DNS and URI. */
export interface GeneralName {
  readonly kind: NameKind;
  readonly content: Uint8Array;
  readonly text: string;
}

export type NameKind = 'other' | 'email' | 'dns' | 'x400' | 'directory' | 'edi' | 'uri' | 'ip' | 'id';

/** The names of subjectAltName, in order. Throws `der_malformed`. */
export function readAltNames(certificate: Certificate): readonly GeneralName[] {
  const found = extension(certificate, Oid.subjectAltName);
  if (found === undefined) return [];
  const list = inside(readDer(found.value, Tag.sequence));
  const names: GeneralName[] = [];
  do names.push(readGeneralName(list.readAny()));
  while (list.next !== undefined);
  return names;
}

/** One name, of any kind; throws `der_malformed`. */
export function readGeneralName({ tag, content }: DerValue): GeneralName {
  const kind = KINDS.get(tag);
  if (kind === undefined) throw malformed(`general name of tag ${tag}`);
  return { kind, content, text: TEXTUAL.has(kind) ? readAscii(content) : '' };
}

/** Whether a name is one that its kind allows: a host, a wildcard's included, an address, a mailbox. */
export function isWellFormed({ kind, text, content }: GeneralName): boolean {
  if (kind === 'dns')
    return isHostName(text.startsWith('*.') && text.indexOf('.', 2) > 0 ? text.slice(2) : text);
  if (kind === 'ip') return formatAddress(content) !== undefined;
  if (kind === 'email') return isMailbox(text);
  return true;
}

/** The preferred name syntax (RFC 1034 §3.5) of a name that is not an address: its last label has a letter. */
export function isHostName(name: string): boolean {
  const labels = name.split('.');
  return (
    name.length <= 253 && labels.every((label) => LABEL.test(label)) && /[A-Za-z]/.test(labels.at(-1) ?? '')
  );
}

/** `local@host`, with one `@`. */
export function isMailbox(text: string): boolean {
  const [local, host, ...more] = text.split('@');
  return local !== undefined && local !== '' && host !== undefined && more.length === 0 && isHostName(host);
}

const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const TEXTUAL: ReadonlySet<NameKind> = new Set(['email', 'dns', 'uri'] as const);
const KINDS: ReadonlyMap<number, NameKind> = new Map([
  [0xa0, 'other'],
  [0x81, 'email'],
  [0x82, 'dns'],
  [0xa3, 'x400'],
  [0xa4, 'directory'],
  [0xa5, 'edi'],
  [0x86, 'uri'],
  [0x87, 'ip'],
  [0x88, 'id'],
]);

function readAscii(content: Uint8Array): string {
  let text = '';
  for (const octet of content) {
    if (octet <= 0x20 || octet >= 0x7f) throw malformed('name is not visible ASCII');
    text += String.fromCharCode(octet);
  }
  return text;
}
