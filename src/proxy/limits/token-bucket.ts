import type { TokenRate, TokenTake } from '../../runtime/ports.ts';

/** A bucket is told by one number: the moment at which it is full, ms; one that is past is full. */
export interface BucketTake extends TokenTake {
  readonly fullAt: number;
}

/** Parts of a millisecond that times are told in: sums of them are exact in a double, whatever the year. */
const GRID = 2048;

/** The rate of `requests` in `periodMs`, to a quarter of a microsecond. */
export function tokenRate(requests: number, periodMs: number, burst: number): TokenRate {
  return { intervalMs: Math.max(1, Math.round((periodMs / requests) * GRID)) / GRID, burst };
}

/** Takes a token of a bucket that is full at `fullAt`; `now` is of the same clock. A clock that steps back empties it at most. */
export function takeToken(fullAt: number, now: number, { intervalMs, burst }: TokenRate): BucketTake {
  const at = Math.floor(now * GRID) / GRID;
  const debt = Math.min(Math.max(fullAt - at, 0), burst * intervalMs);
  const granted = debt + intervalMs <= burst * intervalMs;
  const fullInMs = granted ? debt + intervalMs : debt;
  return { granted, fullInMs, fullAt: at + fullInMs };
}

/** How long until a token is there, ms. */
export function waitForToken(fullInMs: number, { intervalMs, burst }: TokenRate): number {
  return Math.max(0, fullInMs - (burst - 1) * intervalMs);
}
