const MS_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['ns', 1e-6],
]);

/** A duration as Istio writes it (`1.5s`, `100ms`, `1h30m`), in ms; undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (text.length > 64 || !/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|ns))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-zµ]+)/g)) {
    total += Number(amount) * (MS_PER_UNIT.get(unit ?? '') ?? Number.NaN);
  }
  // Binary fractions of a millisecond (`0.3s` is 299.99…) are not what was written.
  return Math.round(total * 1e6) / 1e6;
}
