/** A suite of third-party cases: reads its file in the data folder and judges every case. */
export interface Suite {
  /** The file's name without its ending, or that of its folder in `vectors`. */
  readonly name: string;
  /** Rejects only on a runner error; a case that goes wrong is a failed result. */
  run(data: string): Promise<readonly CaseResult[]>;
}

export interface CaseResult {
  readonly id: string;
  readonly verdict: 'passed' | 'failed' | 'not-applicable';
  readonly expected?: string;
  readonly got?: string;
  /** The key of the stated rule in `not-applicable.ts`, when the verdict is that. */
  readonly rule?: string;
}
