import { type Certificate, extension, parseCertificate } from './certificate.ts';
import { inside, malformed, readDer, Tag } from './der.ts';
import { Oid, readBasicConstraints } from './extensions.ts';

/** What a certificate says about who it names. */
export interface SanFacts {
  /** URI names, byte for byte, in order. */
  readonly uris: readonly string[];
  /** Whether the extension has names of other kinds. */
  readonly hasOtherNames: boolean;
  readonly subjectEmpty: boolean;
  readonly sanCritical: boolean;
  readonly isCa: boolean;
}

/** The URI names of a certificate's subjectAltName (RFC 5280 §4.2.1.6), byte for byte; throws coded errors. */
export function readUriSans(der: Uint8Array): readonly string[] {
  return readSan(der).uris;
}

/** Reads a certificate's names from its DER; throws `der_malformed` or `certificate_malformed`. */
export function readSan(der: Uint8Array): SanFacts {
  return sanOf(parseCertificate(der));
}

/** The names of a parsed certificate. */
export function sanOf(certificate: Certificate): SanFacts {
  const found = extension(certificate, Oid.subjectAltName);
  const names = found === undefined ? { uris: [], hasOtherNames: false } : readNames(found.value);
  return {
    ...names,
    subjectEmpty: inside(readDer(certificate.subject, Tag.sequence)).next === undefined,
    sanCritical: found?.critical ?? false,
    isCa: readBasicConstraints(certificate)?.ca ?? false,
  };
}

/** [6] uniformResourceIdentifier of GeneralName. */
const URI = 0x86;
/** otherName, rfc822, dNS, x400, directory, ediParty, iPAddress, registeredID. */
const OTHER = new Set([0xa0, 0x81, 0x82, 0xa3, 0xa4, 0xa5, 0x87, 0x88]);

function readNames(value: Uint8Array): { uris: string[]; hasOtherNames: boolean } {
  const list = inside(readDer(value, Tag.sequence));
  const uris: string[] = [];
  let hasOtherNames = false;
  do {
    const name = list.readAny();
    if (name.tag === URI) uris.push(readIa5(name.content));
    else if (OTHER.has(name.tag)) hasOtherNames = true;
    else throw malformed(`general name of tag ${name.tag}`);
  } while (list.next !== undefined);
  return { uris, hasOtherNames };
}

function readIa5(content: Uint8Array): string {
  let text = '';
  for (const octet of content) {
    if (octet >= 0x80) throw malformed('URI is not ASCII');
    text += String.fromCharCode(octet);
  }
  return text;
}
