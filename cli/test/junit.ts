import type { CaseResult } from './run-cases.ts';

/** JUnit XML with a test suite for each file, as CI systems read it. `ms` is how long all took. */
export function junitText(results: readonly CaseResult[], ms: number): string {
  const files = Map.groupBy(results, ({ test }) => test.position.file);
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  const head = `<testsuites name="weft test" tests="${results.length}" failures="${failed}" time="${seconds(ms)}">`;
  const suites = [...files].map(([file, own]) => suiteText(file, own));
  return ['<?xml version="1.0" encoding="UTF-8"?>', head, ...suites, '</testsuites>'].join('\n');
}

function suiteText(file: string, results: readonly CaseResult[]): string {
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  const ms = results.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const head = `  <testsuite name="${escaped(file)}" tests="${results.length}" failures="${failed}" time="${seconds(ms)}">`;
  return [head, ...results.map((result) => caseText(file, result)), '  </testsuite>'].join('\n');
}

function caseText(file: string, { name, test, failures, durationMs }: CaseResult): string {
  const head = `    <testcase name="${escaped(name)}" classname="${escaped(file)}" file="${escaped(file)}" line="${test.position.line}" time="${seconds(durationMs)}"`;
  if (failures.length === 0) return `${head}/>`;
  const lines = failures.map(({ position, message, request }) => {
    const place = `${position.file}:${position.line}:${position.column}`;
    return `      <failure message="${escaped(message)}">${escaped(`${place} ${message}\n${request}`)}</failure>`;
  });
  return [`${head}>`, ...lines, '    </testcase>'].join('\n');
}

const seconds = (ms: number): string => (ms / 1000).toFixed(4);

/** XML 1.0 has no controls but tab and line ends. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
