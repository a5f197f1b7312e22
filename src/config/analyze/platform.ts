/** Where proxies run. */
export const PLATFORMS = ['workers', 'deno', 'bun', 'node'] as const;

/** One of `--target`. */
export type Platform = (typeof PLATFORMS)[number];
