import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { formatReport } from '../../../cli/analyze/report-format.ts';
import { sarif } from '../../../cli/analyze/sarif.ts';
import type { Diagnostic } from '../../../src/config/diagnostic.ts';

const found: Diagnostic = {
  code: 'IST0101',
  severity: 'error',
  resource: 'VirtualService default/reviews',
  path: 'spec.http[0].route[0].destination.host',
  position: { file: 'mesh/a,b: c.yaml', line: 7, column: 9 },
  message: 'Referenced host not found: "x%\ny"',
  remedy: 'add it',
};

test('json and yaml have the fields of istioctl, and the place', () => {
  const wanted = [
    {
      code: 'IST0101',
      level: 'Error',
      origin: 'VirtualService default/reviews',
      path: 'spec.http[0].route[0].destination.host',
      message: 'Referenced host not found: "x%\ny"',
      remedy: 'add it',
      reference: 'mesh/a,b: c.yaml:7',
      file: 'mesh/a,b: c.yaml',
      line: 7,
      column: 9,
    },
  ];
  assert.deepEqual(JSON.parse(formatReport([found], 'json')), wanted);
  assert.deepEqual(parse(formatReport([found], 'yaml')), wanted);
  assert.equal(formatReport([], 'json'), '[]');
});

test('github has one workflow command for each finding, escaped', () => {
  assert.equal(
    formatReport([found, { ...found, severity: 'notice', message: 'm' }], 'github'),
    [
      '::error file=mesh/a%2Cb%3A c.yaml,line=7,col=9,title=IST0101::Referenced host not found: "x%25%0Ay"%0Afix: add it',
      '::notice file=mesh/a%2Cb%3A c.yaml,line=7,col=9,title=IST0101::m%0Afix: add it',
    ].join('\n'),
  );
});

test('sarif names its rules once and points at the place', () => {
  const log = JSON.parse(JSON.stringify(sarif([found, { ...found, code: 'WFT0501', severity: 'notice' }])));
  const [run] = log.runs;
  assert.equal(log.version, '2.1.0');
  assert.deepEqual(
    run.tool.driver.rules.map(({ id }: { readonly id: string }) => id),
    ['IST0101', 'WFT0501'],
  );
  const [error, note] = run.results;
  assert.deepEqual([error.level, error.ruleIndex, note.level, note.ruleIndex], ['error', 0, 'note', 1]);
  assert.deepEqual(error.locations[0].physicalLocation, {
    artifactLocation: { uri: 'mesh/a,b:%20c.yaml' },
    region: { startLine: 7, startColumn: 9 },
  });
});
