import { existsSync, readFileSync } from 'node:fs';
import type { PathNormalization } from '../../src/http/message.ts';

/** A row of Istio's table: what a path becomes under a mode, or the status of its refusal. */
export interface PathVector {
  readonly mode: PathNormalization;
  readonly path: string;
  readonly expect: string;
}

const file = new URL('../../../shared/conformance/path-normalization.jsonl', import.meta.url);

/** Why a test that needs the table cannot run, or false when it can. */
export const noPathVectors: string | false = existsSync(file) ? false : 'third-party cases are not here';

/** The whole table; DEFAULT is BASE. */
export function readPathVectors(): PathVector[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const { mode, path, expect } = JSON.parse(line) as { mode: string; path: string; expect: unknown };
      return {
        mode: (mode === 'default' ? 'BASE' : mode) as PathNormalization,
        path,
        expect: String(expect),
      };
    });
}
