import { SnapshotError, type SnapshotErrorCode } from './snapshot-error.ts';

/** How many different refusals are remembered. */
const MEMORY = 256;
const DETAIL_LIMIT = 500;

/** Turns failures into reports, one for each distinct thing that is wrong however often it is met. */
export class Rejections {
  readonly #report: (code: SnapshotErrorCode, detail: string) => void;
  readonly #known = new Set<string>();
  #count = 0;

  constructor(report: (code: SnapshotErrorCode, detail: string) => void) {
    this.#report = report;
  }

  /** All refusals so far, also the repeated ones. */
  get count(): number {
    return this.#count;
  }

  /** Whether the store could not be asked the last time. */
  get storeAway(): boolean {
    return this.#known.has('E_STORE');
  }

  /** The result, or undefined after a refusal. */
  async attempt<T>(task: () => Promise<T>): Promise<T | undefined> {
    try {
      return await task();
    } catch (error) {
      this.#add(error);
      return undefined;
    }
  }

  /** Whether `task` ran to its end; what it throws becomes E_SELFTEST. */
  activate(task: () => void): boolean {
    try {
      task();
      return true;
    } catch (cause) {
      this.#add(new SnapshotError('E_SELFTEST', messageOf(cause), { cause }));
      return false;
    }
  }

  /** The store answers again, so that its next failure is news. */
  storeAnswered(): void {
    this.#known.delete('E_STORE');
  }

  #add(error: unknown): void {
    this.#count++;
    const code = error instanceof SnapshotError ? error.code : 'E_FORMAT';
    const detail = messageOf(error).slice(0, DETAIL_LIMIT);
    const identity = code === 'E_STORE' ? code : `${code} ${detail}`;
    if (this.#known.has(identity)) return;
    this.#known.add(identity);
    if (this.#known.size > MEMORY) this.#known.delete(this.#known.values().next().value ?? '');
    this.#report(code, detail);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
