import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FieldCase, fieldProblem } from '../support/field-case.ts';
import type { CaseResult, Suite } from './suite.ts';

/** Structured fields (RFC 9651): read and written, or refused, as the HTTP working group's cases say. */
export const suite: Suite = {
  name: 'sf',
  async run(data) {
    const folder = join(data, 'vectors', 'sf');
    const results: CaseResult[] = [];
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()) {
      const cases = JSON.parse(await readFile(join(folder, file), 'utf8')) as readonly FieldCase[];
      for (const one of cases) if (one.raw !== undefined) results.push(judge(file, one));
    }
    return results;
  },
};

function judge(file: string, one: FieldCase): CaseResult {
  const got = fieldProblem(one);
  const id = `${file}: ${one.name}`;
  if (got === undefined) return { id, verdict: 'passed' };
  return { id, verdict: 'failed', expected: one.must_fail ? 'refused' : 'read and written', got };
}
