import type { AwaitedProxy, RotationState } from './ca-state.ts';

/** How far a rotation is, in lines. */
export function rotationText({
  phase,
  from,
  to,
  next,
  proxies,
  awaited,
  skewed,
  since,
}: RotationState): string[] {
  return [
    `rotation      ${phase} since ${new Date(since).toISOString()}; next is ${next}`,
    `  from ${from}`,
    `  to   ${to || 'a root that has not certified its intermediate yet'}`,
    awaited.length === 0 ? `  ready for ${next}: ${proxies} proxies` : `  ${next} waits for`,
    ...awaitedLines(awaited).map((line) => `  ${line}`),
    ...(skewed.length > 0 ? [`  clocks are off by more than 2 min: ${skewed.join(', ')}`] : []),
  ];
}

/** Who is waited for, and why; the first twenty. */
export function awaitedLines(awaited: readonly AwaitedProxy[]): string[] {
  const lines = awaited.slice(0, 20).map(({ proxy, reason }) => `  ${proxy}: ${reason}`);
  return awaited.length > 20 ? [...lines, `  and ${awaited.length - 20} more`] : lines;
}
