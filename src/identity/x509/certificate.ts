import type { Bytes } from '../bytes.ts';
import { sameBytes } from '../bytes.ts';
import { IdentityError } from '../identity-error.ts';
import {
  type DerReader,
  type DerValue,
  inside,
  malformed,
  readBoolean,
  readDer,
  readOctetBits,
  readOid,
  readUnsigned,
  Tag,
} from './der.ts';

/** A version 3 certificate (RFC 5280 §4.1) as its own bytes. */
export interface Certificate {
  readonly der: Bytes;
  /** The signed part. */
  readonly tbs: Uint8Array;
  /** DER of the serial number's contents: unsigned, at most 20 octets. */
  readonly serial: Uint8Array;
  /** The AlgorithmIdentifier, the same inside and outside the signed part. */
  readonly algorithm: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Milliseconds since the epoch; both ends belong to the validity. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** The SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly extensions: readonly Extension[];
  readonly signature: Uint8Array;
}

/** One certificate extension; `value` is what its OCTET STRING holds. */
export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** Parses one certificate, DER only; throws `der_malformed` or `certificate_malformed`. Verifies nothing. */
export function parseCertificate(bytes: Uint8Array): Certificate {
  if (bytes.length > MAX_CERTIFICATE_BYTES) throw wrong('is too long');
  const der = bytes.slice();
  const certificate = inside(readDer(der, Tag.sequence));
  const tbs = certificate.read(Tag.sequence);
  const algorithm = certificate.read(Tag.sequence).raw;
  const signature = readOctetBits(certificate);
  certificate.end();
  return { der, tbs: tbs.raw, algorithm, signature, ...readTbs(inside(tbs), algorithm) };
}

/** The extension with that OID. */
export function extension(certificate: Certificate, oid: string): Extension | undefined {
  return certificate.extensions.find((one) => one.oid === oid);
}

const MAX_CERTIFICATE_BYTES = 16 * 1024;
const MAX_EXTENSIONS = 32;
/** [0] and [3] of TBSCertificate. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;

type Tbs = Omit<Certificate, 'der' | 'tbs' | 'algorithm' | 'signature'>;

function readTbs(tbs: DerReader, algorithm: Uint8Array): Tbs {
  const version = inside(tbs.read(VERSION));
  const number = readUnsigned(version);
  version.end();
  if (number.length !== 1 || number[0] !== 2) throw wrong('is not version 3');
  const serial = readSerial(tbs);
  if (!sameBytes(tbs.read(Tag.sequence).raw, algorithm)) throw wrong('names two signature algorithms');
  const issuer = tbs.read(Tag.sequence).raw;
  const validity = inside(tbs.read(Tag.sequence));
  const [notBefore, notAfter] = [readTime(validity), readTime(validity)];
  validity.end();
  const subject = tbs.read(Tag.sequence).raw;
  const publicKey = tbs.read(Tag.sequence).raw;
  // Unique identifiers ([1], [2]) must not appear (RFC 5280 §4.1.2.8); they fail here as a wrong tag.
  const extensions = tbs.next === undefined ? [] : readExtensions(tbs.read(EXTENSIONS));
  tbs.end();
  return { serial, issuer, notBefore, notAfter, subject, publicKey, extensions };
}

function readSerial(tbs: DerReader): Uint8Array {
  const serial = readUnsigned(tbs);
  if (serial.length > 20) throw wrong('has a serial number of more than 20 octets');
  return serial;
}

function readExtensions(wrapper: DerValue): Extension[] {
  const list = inside(readDer(wrapper.content, Tag.sequence));
  const extensions: Extension[] = [];
  do {
    const fields = inside(list.read(Tag.sequence));
    const oid = readOid(fields);
    const written = fields.next === Tag.boolean;
    const critical = written && readBoolean(fields);
    if (written && !critical) throw malformed('a default is written');
    const value = fields.read(Tag.octetString).content;
    fields.end();
    if (extensions.some((one) => one.oid === oid)) throw wrong(`has extension ${oid} twice`);
    if (extensions.length === MAX_EXTENSIONS) throw wrong('has too many extensions');
    extensions.push({ oid, critical, value });
  } while (list.next !== undefined);
  return extensions;
}

/** UTCTime until 2049, GeneralizedTime from 2050, in whole seconds of UTC (RFC 5280 §4.1.2.5). */
function readTime(validity: DerReader): number {
  const { tag, content } = validity.readAny();
  const text = String.fromCharCode(...content.subarray(0, 16));
  const digits = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  const short = digits?.[1]?.length === 2;
  if (digits === null || (tag !== Tag.utcTime && tag !== Tag.generalizedTime)) throw malformed('time');
  if (short !== (tag === Tag.utcTime)) throw malformed('time');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits.slice(1).map(Number);
  const full = short ? (year < 50 ? 2000 : 1900) + year : year;
  if (!short && full < 2050) throw malformed('time before 2050 must be UTCTime');
  const time = Date.UTC(full, month - 1, day, hour, minute, second);
  const seen = new Date(time).toISOString().replace(/[-:T]|\.000/g, '');
  if (seen.slice(short ? 2 : 0) !== text) throw malformed('time does not exist');
  return time;
}

function wrong(detail: string): IdentityError {
  return new IdentityError('certificate_malformed', `certificate ${detail}`);
}
