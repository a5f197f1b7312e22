/** A condition on a string, as data in the snapshot. Regular expressions have RE2 meaning, full match. */
export type StringMatch =
  | { readonly kind: 'exact'; readonly value: string; readonly ignoreCase?: boolean }
  | { readonly kind: 'prefix'; readonly value: string; readonly ignoreCase?: boolean }
  | { readonly kind: 'suffix'; readonly value: string; readonly ignoreCase?: boolean }
  | { readonly kind: 'regex'; readonly value: string }
  /** AuthorizationPolicy path templates: `{*}` one segment, `{**}` any. */
  | { readonly kind: 'template'; readonly value: string }
  /** Present and not empty. */
  | { readonly kind: 'present' };

/** A condition on an address (`10.0.0.0/8`, `::1`) or on a port. */
export type ValueMatch =
  | StringMatch
  | { readonly kind: 'cidr'; readonly value: string }
  | { readonly kind: 'port'; readonly value: number };

/**
 * A condition on one header or query parameter of a route (VirtualService HTTPMatchRequest).
 * `match` undefined means present (also when empty); `invert` is `withoutHeaders`.
 */
export interface NamedMatch {
  readonly name: string;
  readonly match?: StringMatch;
  readonly invert?: boolean;
}
