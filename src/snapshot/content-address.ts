import type { Shape } from './shape.ts';

/** SHA-256 in lower-case hex: the name of a blob or manifest in the store. */
export async function contentAddress(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Something that can be a content address. */
export const addressShape: Shape<string> = (value) =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? undefined : ': not a content address';
