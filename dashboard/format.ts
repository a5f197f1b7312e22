/** Requests per second, e.g. `0.4/s`, `12/s`, `3.1k/s`. */
export function formatRate(perSecond: number): string {
  return `${formatNumber(perSecond)}/s`;
}

/** A share as percent: none is `0 %`, and a trace of it never looks like none. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '<0.1 %';
  if (percent < 100 && percent > 99.9) return '>99.9 %';
  return `${trimmed(percent, percent < 10 ? 1 : 0)} %`;
}

/** Milliseconds, e.g. `0.8 ms`, `48 ms`, `1.2 s`. */
export function formatLatency(ms: number): string {
  if (ms >= 999.5) return `${trimmed(ms / 1000, ms < 10_000 ? 1 : 0)} s`;
  return `${trimmed(ms, ms < 10 ? 1 : 0)} ms`;
}

/** A count or rate in at most four characters or so. */
export function formatNumber(value: number): string {
  if (value >= 999_500) return `${trimmed(value / 1_000_000, 1)}M`;
  if (value >= 9_999.5) return `${trimmed(value / 1000, 0)}k`;
  if (value >= 999.5) return `${trimmed(value / 1000, 1)}k`;
  if (value > 0 && value < 0.05) return '<0.1';
  return trimmed(value, value < 9.95 ? 1 : 0);
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** A length of time in its largest unit and the next, e.g. `23 h 59 min`. */
export function formatSpan(ms: number): string {
  const at = units.findIndex(([, size]) => Math.abs(ms) >= size);
  const largest = units[at];
  if (largest === undefined) return '0 s';
  const rest = Math.abs(ms);
  const whole = Math.floor(rest / largest[1]);
  const next = units[at + 1];
  const left = next === undefined ? 0 : Math.floor((rest - whole * largest[1]) / next[1]);
  return `${whole} ${largest[0]}${next !== undefined && left > 0 ? ` ${left} ${next[0]}` : ''}`;
}

/** How long ago a moment was, e.g. `3 min ago`. Both in ms since the epoch. */
export function formatAgo(then: number, now: number): string {
  const ms = now - then;
  if (ms < 2000) return 'just now';
  return `${formatSpan(ms).split(' ').slice(0, 2).join(' ')} ago`;
}

/** A moment as ISO 8601 to the second, in UTC. */
export function formatMoment(ms: number): string {
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return 'unknown';
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function trimmed(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.0+$/, '');
}
