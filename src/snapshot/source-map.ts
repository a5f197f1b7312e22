/** Where each route, rule and listener was written; a side blob that only `explain` reads. */
export type SourceMap = readonly (readonly [source: string, place: SourcePlace])[];

export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
