import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Counts } from './counts.ts';

/** What a step gave the last time it ran. */
export interface Result extends Counts {
  readonly name: string;
  /** As a shell takes it, with the runtimes of `node_modules/.bin` on PATH. */
  readonly command: string;
  readonly seconds: number;
  /** When it began; ISO 8601. */
  readonly date: string;
  /** Measurements of the step; null where it makes none. */
  readonly figures: unknown;
}

/** Puts new results in the place of older ones of the same steps; steps that are gone are dropped. */
export function mergeResults(
  older: readonly Result[],
  newer: readonly Result[],
  names: readonly string[],
): Result[] {
  const byName = new Map([...older, ...newer].map((result) => [result.name, result]));
  return names.flatMap((name) => byName.get(name) ?? []);
}

/** Rewrites the file with what the steps gave now. */
export function saveResults(file: URL, newer: readonly Result[], names: readonly string[]): void {
  const older: Result[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
  writeFileSync(file, `${JSON.stringify(mergeResults(older, newer, names), null, 2)}\n`);
}
