import { type Certificate, extension, parseCertificate } from './certificate.ts';
import { inside, readDer, Tag } from './der.ts';
import { Oid } from './extensions.ts';

/** rfc822Name, dNSName, uniformResourceIdentifier and iPAddress of GeneralName. */
const DNS_TAG = 0x82;
const URI_TAG = 0x86;
const TEXT_TAGS: ReadonlySet<number> = new Set([0x81, DNS_TAG, URI_TAG]);
const ADDRESS_TAG = 0x87;

/**
 * The DNS, URI, email and IP names of a certificate's subjectAltName (RFC 5280 §4.2.1.6) as text; IP addresses in
 * their canonical form. Throws coded errors on malformed DER. Names with other than visible ASCII are left out.
 */
export function certificateNames(der: Uint8Array): readonly string[] {
  const found = extension(parseCertificate(der), Oid.subjectAltName);
  if (found === undefined) return [];
  const list = inside(readDer(found.value, Tag.sequence));
  const names: string[] = [];
  do {
    const { tag, content } = list.readAny();
    const name = TEXT_TAGS.has(tag)
      ? visible(content)
      : tag === ADDRESS_TAG
        ? formatAddress(content)
        : undefined;
    if (name !== undefined) names.push(name);
  } while (list.next !== undefined);
  return names;
}

/** The URI and DNS names alone, each kind in order; the same rules. */
export function alternativeNames(certificate: Certificate): {
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
} {
  const [uris, dnsNames]: [string[], string[]] = [[], []];
  const found = extension(certificate, Oid.subjectAltName);
  const list = found && inside(readDer(found.value, Tag.sequence));
  while (list?.next !== undefined) {
    const { tag, content } = list.readAny();
    const names = tag === DNS_TAG ? dnsNames : tag === URI_TAG ? uris : undefined;
    const name = names && visible(content);
    if (name !== undefined) names?.push(name);
  }
  return { uris, dnsNames };
}

/** The text of an IPv4 or IPv6 address (RFC 5952); undefined for any other length. */
export function formatAddress(content: Uint8Array): string | undefined {
  if (content.length === 4) return content.join('.');
  if (content.length !== 16) return undefined;
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2)
    groups.push((((content[i] ?? 0) << 8) | (content[i + 1] ?? 0)).toString(16));
  // The URL standard writes IPv6 addresses as RFC 5952 does.
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

function visible(content: Uint8Array): string | undefined {
  return content.every((octet) => octet > 0x20 && octet < 0x7f) ? String.fromCharCode(...content) : undefined;
}
