import { HeaderList } from '../../src/http/header-list.ts';
import { parseUniqueDictionary } from '../../src/identity/signature/parse-field.ts';
import { component, type SignedMessage, signatureBase } from '../../src/identity/signature/signature-base.ts';
import type { InnerList } from '../../src/identity/signature/structured-field.ts';

/** A message with its signature fields, as text. */
export interface WrittenMessage {
  readonly method?: string;
  /** Absolute. */
  readonly url?: string;
  readonly status?: number;
  readonly headers: readonly (readonly [string, string])[];
}

/** How keys of these algorithms verify, WebCrypto's parameters. */
export const ALGORITHMS = {
  'rsa-pss-sha512': { name: 'RSA-PSS', hash: 'SHA-512', saltLength: 64 },
  'ecdsa-p256-sha256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  ed25519: { name: 'Ed25519' },
  'hmac-sha256': { name: 'HMAC', hash: 'SHA-256' },
} as const;

/** The signature base of a label, and the signature of that label. */
export function baseOf(
  message: WrittenMessage,
  label: string,
): { base: string; signature: Uint8Array<ArrayBuffer> } {
  const headers = HeaderList.from(message.headers);
  const input = parseUniqueDictionary(headers.get('signature-input') ?? '').get(label);
  const signature = parseUniqueDictionary(headers.get('signature') ?? '').get(label);
  if (input?.kind !== 'list' || signature?.kind !== 'item' || signature.value.kind !== 'bytes')
    throw new Error(`no signature ${label}`);
  return {
    base: signatureBase(componentsOf(input), input.text, signedMessage(message, headers)),
    signature: signature.value.value,
  };
}

/** Whether the signature of a label holds. */
export async function holds(
  message: WrittenMessage,
  label: string,
  algorithm: keyof typeof ALGORITHMS,
  jwk: object,
): Promise<boolean> {
  const { base, signature } = baseOf(message, label);
  const parameters = ALGORITHMS[algorithm];
  const key = await crypto.subtle.importKey('jwk', jwk as JsonWebKey, parameters, false, ['verify']);
  return crypto.subtle.verify(parameters, key, signature, new TextEncoder().encode(base));
}

const componentsOf = ({ items }: InnerList) => items.map(component);

function signedMessage({ method, url, status }: WrittenMessage, headers: HeaderList): SignedMessage {
  if (url === undefined) return { ...(status !== undefined && { status }), headers };
  const { host, pathname, search } = new URL(url);
  return { method: method ?? 'GET', authority: host, path: pathname, query: search, headers };
}

/** The message with signature fields. */
export function withSignature(message: WrittenMessage, input: string, signature: string): WrittenMessage {
  const fields = [
    ['Signature-Input', input],
    ['Signature', signature],
  ] as const;
  return { ...message, headers: [...message.headers, ...fields] };
}
