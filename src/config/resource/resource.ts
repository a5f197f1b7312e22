import type { Position } from '../diagnostic.ts';
import type { Kind, SpecOf } from './kinds.ts';

/** One validated YAML document. */
export interface Resource<K extends Kind = Kind> {
  readonly kind: K;
  readonly apiVersion: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** metadata.creationTimestamp in ms; absent = in the order given. */
  readonly created: number | undefined;
  readonly spec: SpecOf<K>;
  readonly origin: Origin;
}

export type FieldPath = readonly (string | number)[];

/** Where a resource was written. */
export interface Origin {
  /** The document's text, for storing it as it was written. */
  readonly text: string;
  /** Position of a field, or of its nearest written ancestor. */
  at(path: FieldPath): Position;
}
