import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Diagnostic } from '../../src/config/diagnostic.ts';
import { DIAGNOSTIC_CODES, diagnostic } from '../../src/config/diagnostic-codes.ts';
import { renderDiagnostic } from '../../src/config/diagnostic-text.ts';

const found: Diagnostic = {
  code: 'WFT0103',
  severity: 'error',
  position: { file: 'mesh/vs.yaml', line: 3, column: 3 },
  message: 'unknown field',
  remedy: 'write hosts',
};

test('a diagnostic is a clickable line, its source with a caret, and the fix', () => {
  assert.equal(
    renderDiagnostic(found, 'kind: x\nspec:\n  hots: []\nlast: 1\n'),
    [
      'mesh/vs.yaml:3:3  error  WFT0103  unknown field',
      '  1 | kind: x',
      '  2 | spec:',
      '> 3 |   hots: []',
      '    |   ^',
      '     fix: write hosts',
    ].join('\n'),
  );
});

test('without the source there is no frame', () => {
  assert.equal(
    renderDiagnostic(found),
    'mesh/vs.yaml:3:3  error  WFT0103  unknown field\n     fix: write hosts',
  );
});

test('control characters and text direction marks do not reach the terminal', () => {
  const text = renderDiagnostic({ ...found, message: 'a\u001b[31mb\u202ec' }, 'x\ny\n\u001b]0;t\u0007: 1');
  for (const mark of ['\u001b', '\u0007', '\u202e']) assert.equal(text.includes(mark), false);
});

test('every code has four digits, a severity and a title', () => {
  for (const [code, { severity, title }] of Object.entries(DIAGNOSTIC_CODES)) {
    assert.match(code, /^(?:WFT|IST)\d{4}$/);
    assert.ok(['error', 'warning', 'notice'].includes(severity) && title.length > 0);
  }
});

test('a diagnostic has the severity of its code and no empty parts', () => {
  assert.deepEqual(diagnostic('WFT0201', { position: found.position, message: 'm', path: '' }), {
    code: 'WFT0201',
    severity: 'notice',
    position: found.position,
    message: 'm',
  });
});
