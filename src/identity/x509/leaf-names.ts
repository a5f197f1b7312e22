import { IdentityError } from '../identity-error.ts';
import { type Certificate, extension } from './certificate.ts';
import { formatAddress } from './certificate-names.ts';
import { type DerReader, inside, readDer, readOid, Tag } from './der.ts';
import { Oid } from './extensions.ts';
import { type GeneralName, isWellFormed, readAltNames } from './general-name.ts';

/**
 * Throws `certificate_names` unless a leaf has well-formed alternative names, critical where and only where the subject
 * is empty (RFC 5280 §4.2.1.6), and its common name repeats one of its hosts, where there is one (CA/B BR 7.1.4.3).
 */
export function checkLeafNames(leaf: Certificate): void {
  const names = readAltNames(leaf);
  if (names.length === 0) throw refusal('has no alternative name');
  const wrong = names.find((name) => !isWellFormed(name));
  if (wrong) throw refusal(`has a malformed name of kind ${wrong.kind}`);
  const subject = inside(readDer(leaf.subject, Tag.sequence));
  const critical = extension(leaf, Oid.subjectAltName)?.critical ?? false;
  if (critical !== (subject.next === undefined)) {
    throw refusal(
      critical ? 'has a subject, and its critical names hide it' : 'has no subject and no critical name',
    );
  }
  const hosts = names.map(hostText).filter((text) => text !== undefined);
  if (hosts.length > 0 && commonNames(subject).some((name) => !hosts.includes(name)))
    throw refusal('has a common name that is none of its hosts');
}

const COMMON_NAME = '2.5.4.3';

function hostText({ kind, text, content }: GeneralName): string | undefined {
  if (kind === 'dns') return text;
  return kind === 'ip' ? formatAddress(content) : undefined;
}

function commonNames(subject: DerReader): string[] {
  const names: string[] = [];
  while (subject.next !== undefined) {
    const pairs = inside(subject.read(Tag.set));
    while (pairs.next !== undefined) {
      const pair = inside(pairs.read(Tag.sequence));
      if (readOid(pair) === COMMON_NAME) names.push(new TextDecoder().decode(pair.readAny().content));
    }
  }
  return names;
}

function refusal(detail: string): IdentityError {
  return new IdentityError('certificate_names', `leaf certificate ${detail}`);
}
