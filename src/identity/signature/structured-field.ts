/** A bare item (RFC 9651 §3.3). Dates are seconds since the epoch. */
export type BareItem =
  | { readonly kind: 'integer' | 'decimal' | 'date'; readonly value: number }
  | { readonly kind: 'string' | 'token' | 'display'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'boolean'; readonly value: boolean };

/** In the order of their first occurrence; of repeated ones the last value counts (§4.2.3.2). */
export type Parameters = ReadonlyMap<string, BareItem>;

export interface Item {
  readonly kind: 'item';
  readonly value: BareItem;
  readonly parameters: Parameters;
}

export interface InnerList {
  readonly kind: 'list';
  readonly items: readonly Item[];
  readonly parameters: Parameters;
}

export type Member = Item | InnerList;

/** A member of a dictionary with its value as it was written, parameters and all. */
export type WrittenMember = Member & { readonly text: string };

/** A text that is no structured field of its type. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
}
