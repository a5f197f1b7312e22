import type { Kind } from '../resource/kinds.ts';

/** A value that is valid, and that Istio warns of. */
export interface WarnedField {
  readonly kind: Kind;
  /** As in unsupported fields: `[]` any item, `*` any key. */
  readonly path: string;
  readonly message: string;
  readonly remedy?: string;
  readonly when: (value: unknown) => boolean;
}

/** The length of a list; 0 for anything else. */
export function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}
