/** What config code returns instead of throwing. */
export interface Diagnostic {
  /** `WFTnnnn`, or Istio's `ISTnnnn` where the meaning is the same. */
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'notice';
  /** `VirtualService default/reviews`; absent before a resource is known. */
  readonly resource?: string;
  /** `spec.http[0].route[1].weight`. */
  readonly path?: string;
  readonly position: Position;
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** 1-based. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
