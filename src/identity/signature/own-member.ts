import { parseUniqueDictionary } from './parse-field.ts';
import { LABEL } from './profile.ts';
import { FieldError } from './structured-field.ts';

/** The fields that carry signatures (RFC 9421 §4). */
export const SIGNATURE_FIELDS = ['signature-input', 'signature'] as const;

/** What is left of such a field without our member: signatures of clients. Empty where it cannot be read. */
export function withoutOwnMember(text: string): string {
  // The usual case: commas part members, so this is ours alone, or nothing that can be read.
  if (text.startsWith(`${LABEL}=`) && !text.includes(',')) return '';
  try {
    const members = parseUniqueDictionary(text);
    if (!members.delete(LABEL)) return text;
    return [...members].map(([key, { text: value }]) => (value === '' ? key : `${key}=${value}`)).join(', ');
  } catch (cause) {
    if (cause instanceof FieldError) return '';
    throw cause;
  }
}
