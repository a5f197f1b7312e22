import { Buffer } from 'node:buffer';
import { parse, stringify } from 'yaml';

/** Marks a Secret whose values were taken out; it cannot be applied. */
export const REDACTED_ANNOTATION = 'weft.dev/redacted';

/** Fields of a Secret that hold what everybody may see. */
const PUBLIC: ReadonlySet<string> = new Set(['tls.crt', 'cert', 'ca.crt', 'cacert']);
/** So that who analyses it sees that there is a key. */
const KEY = '-----BEGIN PRIVATE KEY-----\nREDACTED\n-----END PRIVATE KEY-----\n';
const KEYS: ReadonlySet<string> = new Set(['tls.key', 'key']);
/** What `kubectl apply` leaves there repeats all of it. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----/g;

/** A document as people may see it: of a Secret only names and certificates, of anything else all. */
export function shownText(kind: string, text: string): string {
  return kind === 'Secret' && text !== '' ? redacted(parse(text)) : text;
}

type Fields = Readonly<Record<string, unknown>>;

function redacted(document: Fields): string {
  const { apiVersion, kind, metadata, type, immutable, data, stringData } = document;
  const shown = {
    apiVersion,
    kind,
    metadata: shownMetadata(Object(metadata)),
    type,
    immutable,
    data: shownFields(data, (value) => Buffer.from(value, 'base64').toString(), base64),
    stringData: shownFields(stringData, String, String),
  };
  return stringify(JSON.parse(JSON.stringify(shown)));
}

function shownMetadata({ name, namespace, labels, annotations }: Fields): Fields {
  const kept = Object.entries(Object(annotations)).filter(([key]) => key !== LAST_APPLIED);
  const marked = Object.fromEntries([...kept, [REDACTED_ANNOTATION, 'true']]);
  return { name, namespace, labels, annotations: marked };
}

function shownFields(
  fields: unknown,
  read: (value: string) => string,
  write: (text: string) => string,
): Fields | undefined {
  if (typeof fields !== 'object' || fields === null) return undefined;
  const shown = (name: string, value: unknown) => {
    if (PUBLIC.has(name)) return certificates(read(String(value)));
    return KEYS.has(name) ? KEY : 'REDACTED';
  };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, write(shown(name, value))]));
}

/** Some keep the key in the same file. */
function certificates(pem: string): string {
  return (pem.match(CERTIFICATE) ?? ['REDACTED']).map((one) => `${one}\n`).join('');
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
