import { jsonText } from '../mesh-state.ts';
import { type Coverage, coverageText } from './coverage.ts';
import { junitText } from './junit.ts';
import type { CaseResult } from './run-cases.ts';

/** Forms of a report of tests. */
export const TEST_FORMATS = ['log', 'json', 'junit'] as const;
/** One of them. */
export type TestFormat = (typeof TEST_FORMATS)[number];

/** What came of all cases, in the form that was asked for. `ms` is how long they took together. */
export function testReport(
  results: readonly CaseResult[],
  coverage: Coverage,
  ms: number,
  format: TestFormat,
): string {
  if (format === 'junit') return junitText(results, ms);
  return format === 'json' ? json(results, coverage) : log(results, coverage, ms);
}

function log(results: readonly CaseResult[], coverage: Coverage, ms: number): string {
  const failed = results.filter(({ failures }) => failures.length > 0);
  const requests = results.reduce((sum, { test }) => sum + test.questions.length, 0);
  const count = `${results.length - failed.length} passed, ${failed.length} failed; ${requests} requests in ${Math.round(ms)} ms`;
  return [
    ...failed.map(failureText),
    `${failed.length > 0 ? '✖' : '✔'} ${results.length} cases: ${count}`,
    coverageText(coverage),
  ].join('\n');
}

function failureText({ name, failures }: CaseResult): string {
  const lines = failures.map(({ position: { file, line, column }, message, request }) =>
    [`  ${file}:${line}:${column}  ${message}`, `      ${request}`].join('\n'),
  );
  return [`✖ ${name}`, ...lines, ''].join('\n');
}

function json(results: readonly CaseResult[], { items, hit, percent }: Coverage): string {
  const cases = results.map(({ name, test, failures }) => ({
    name,
    position: test.position,
    passed: failures.length === 0,
    requests: test.questions.length,
    failures,
  }));
  const failed = cases.filter(({ passed }) => !passed).length;
  return jsonText({
    passed: cases.length - failed,
    failed,
    cases,
    coverage: { hit, of: items.length, percent, items },
  });
}
