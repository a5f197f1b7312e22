import type { Clock, Log } from '../ports.ts';

/** How often the log says again that control is still away, ms. */
const remindMs = 60_000;

/** Whether control answers at all, told once when that changes and not by each of its callers. */
export class Reachability {
  readonly #clock: Clock;
  readonly #log: Log;
  /** Of the first call without an answer: wall clock for people, monotonic for lengths of time. */
  #away: { readonly since: number; readonly from: number; toldAt: number } | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Since when no call was answered, ms since the epoch; undefined while they are. */
  get awaySince(): number | undefined {
    return this.#away?.since;
  }

  /** A call was answered, whatever the status. */
  answered(): void {
    if (this.#away === undefined) return;
    const fields = this.#fields(this.#away);
    this.#away = undefined;
    this.#log.info('control reachable again', fields);
  }

  /** A call was not answered. */
  unanswered(error: unknown): void {
    const now = this.#clock.monotonic();
    const known = this.#away;
    if (known !== undefined && now - known.toldAt < remindMs) return;
    const away = known ?? { since: this.#clock.now(), from: now, toldAt: now };
    away.toldAt = now;
    this.#away = away;
    this.#log.warn('control unreachable', { ...this.#fields(away), error: String(error) });
  }

  #fields({ since, from }: { readonly since: number; readonly from: number }) {
    const seconds = Math.round((this.#clock.monotonic() - from) / 1000);
    return { since: new Date(since).toISOString(), seconds };
  }
}
