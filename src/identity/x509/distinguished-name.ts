import { hex } from '../bytes.ts';
import { type DerReader, inside, readDer, readOid, Tag } from './der.ts';

/** A DER Name as RFC 4514 writes it: last first, printable ASCII only. Throws `der_malformed`. */
export function formatName(name: Uint8Array): string {
  const sequence = inside(readDer(name, Tag.sequence));
  const parts: string[] = [];
  while (sequence.next !== undefined) parts.push(formatSet(inside(sequence.read(Tag.set))));
  return parts.reverse().join(',');
}

/** RFC 4514 §3. */
const KEYWORDS: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.6', 'C'],
  ['2.5.4.9', 'STREET'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
]);

/** UTF8String, PrintableString and IA5String: their octets are the text. */
const TEXTUAL = new Set([0x0c, 0x13, 0x16]);
const SPECIAL = '"+,;<>\\';

function formatSet(set: DerReader): string {
  const parts: string[] = [];
  do parts.push(formatPair(inside(set.read(Tag.sequence))));
  while (set.next !== undefined);
  return parts.join('+');
}

function formatPair(pair: DerReader): string {
  const oid = readOid(pair);
  const value = pair.readAny();
  pair.end();
  const keyword = KEYWORDS.get(oid);
  if (keyword === undefined || !TEXTUAL.has(value.tag)) return `${keyword ?? oid}=#${hex(value.raw)}`;
  return `${keyword}=${escapeValue(value.content)}`;
}

/** RFC 4514 §2.4; what is no printable ASCII becomes `\xx`, so that it can stand in a header. */
function escapeValue(octets: Uint8Array): string {
  let text = '';
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i] as number;
    const character = String.fromCharCode(octet);
    const edge = i === 0 || i === octets.length - 1;
    if (octet < 0x20 || octet > 0x7e) text += `\\${hex(octets.subarray(i, i + 1))}`;
    else if (SPECIAL.includes(character) || (edge && octet === 0x20) || (i === 0 && octet === 0x23))
      text += `\\${character}`;
    else text += character;
  }
  return text;
}
