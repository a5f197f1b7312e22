import type { Kind } from '../resource/kinds.ts';
import type { FieldPath } from '../resource/resource.ts';

/** A field that is validated but not acted on, or that is refused because ignoring it would weaken security. */
export interface UnsupportedField {
  readonly kind: Kind;
  /** `spec.http[].fault`; `[]` any item, `*` any key. */
  readonly path: string;
  /** WFT0201 accepted, not applied; WFT0204 accepted, traffic is refused; WFT0205 not on Workers; WFT0301 refused. */
  readonly code: 'WFT0201' | 'WFT0204' | 'WFT0205' | 'WFT0301';
  /** What follows, after the field's name. */
  readonly effect: string;
  readonly remedy?: string;
  /** Only these values; absent: whatever it is. */
  readonly when?: (value: unknown, path: FieldPath) => boolean;
}

/** One entry for each field below `at` that is accepted and not applied. */
export function notApplied(
  kind: Kind,
  at: string,
  effects: Readonly<Record<string, string>>,
): UnsupportedField[] {
  return Object.entries(effects).map(([field, effect]) => ({
    kind,
    path: at === '' ? field : `${at}.${field}`,
    code: 'WFT0201',
    effect,
  }));
}
