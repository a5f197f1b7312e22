import { connectionOptions } from './connection-options.ts';
import type { HeaderList } from './header-list.ts';

/**
 * Fields that say who a request is from, what it is for, or how it is judged.
 */
const PROTECTED: ReadonlySet<string> = new Set([
  'authorization',
  'content-digest',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'date',
  'expect',
  'forwarded',
  'host',
  'origin',
  'referer',
  'signature',
  'signature-input',
  'transfer-encoding',
  'true-client-ip',
  'via',
  'x-real-ip',
]);

const PROTECTED_PREFIXES = ['cf-', 'sec-', 'x-b3-', 'x-envoy-', 'x-forwarded-', 'x-weft-'];

/** Whether Connection nominates a field that is not the sender's to drop (RFC 9110 §7.6.1). */
export function nominatesProtected(headers: HeaderList): boolean {
  const options = connectionOptions(headers);
  return options?.some(isProtected) ?? false;
}

/** Whether a field is neither the sender's to have dropped nor to be said after the body. */
export function isProtected(name: string): boolean {
  if (PROTECTED.has(name)) return true;
  for (const prefix of PROTECTED_PREFIXES) if (name.startsWith(prefix)) return true;
  return false;
}
