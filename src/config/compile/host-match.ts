/** Whether every name that `narrow` stands for is one that `wide` stands for (`*.x`, `*` or exact). */
export function hostWithin(narrow: string, wide: string): boolean {
  if (narrow === wide || wide === '*') return true;
  return wide.startsWith('*') && narrow.length > wide.length - 1 && narrow.endsWith(wide.slice(1));
}

/** The names that both hosts stand for, or undefined when there are none. */
export function hostIntersection(a: string, b: string): string | undefined {
  if (hostWithin(a, b)) return a;
  return hostWithin(b, a) ? b : undefined;
}

/** Exact names first, then the longer wildcard. */
export function bySpecificity(a: string, b: string): number {
  return Number(a.startsWith('*')) - Number(b.startsWith('*')) || b.length - a.length;
}
