import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Condition, Policy, Rule } from '../../src/snapshot/policy.ts';
import { ruleOnBytes } from '../../src/snapshot/rule-on-bytes.ts';

const value = { kind: 'exact', value: 'x' } as const;
const on = (kind: 'destination.port' | 'source.namespace' | 'request.method'): Condition => ({
  attribute: { kind },
  values: [value],
  notValues: [],
});
const port = on('destination.port');
const namespace = on('source.namespace');
const method = on('request.method');

function ruleOf(parts: Partial<Rule>): Rule {
  return { source: 'rule', from: [], to: [], when: [], ...parts };
}

test('an ALLOW rule that asks about a request anywhere never holds on bytes', () => {
  const table: [parts: Partial<Rule>, holds: boolean][] = [
    [{ to: [[port]], from: [[namespace]] }, true],
    [{}, true],
    [{ to: [[port, method]] }, false],
    [{ to: [[port], [method]] }, false],
    [{ from: [[namespace]], when: [method] }, false],
  ];
  for (const [parts, holds] of table) {
    const rule = ruleOf(parts);
    assert.equal(ruleOnBytes(rule, 'ALLOW'), holds ? rule : undefined, JSON.stringify(parts));
  }
});

test('other rules are enforced on bytes without what they ask about a request', () => {
  const rule = ruleOf({ from: [[namespace]], to: [[port, method], [method]], when: [method, port] });
  const actions: readonly Policy['action'][] = ['DENY', 'AUDIT'];
  for (const action of actions) {
    const judged = ruleOf({ from: [[namespace]], to: [[port], []], when: [port] });
    assert.deepEqual(ruleOnBytes(rule, action), judged);
  }
});
