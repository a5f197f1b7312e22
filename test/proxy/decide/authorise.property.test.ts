import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { StringMatch } from '../../../src/match/value-match.ts';
import { activate } from '../../../src/proxy/activate.ts';
import type { Condition, Policy } from '../../../src/snapshot/policy.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import {
  buildConnection,
  buildListener,
  buildPolicy,
  buildRequest,
  buildSnapshot,
  fixedInputs,
} from '../../support/snapshot.ts';

const word = fc.constantFrom('', 'a', 'b', 'ab', 'ba', 'aa');
const stringMatch: fc.Arbitrary<StringMatch> = fc.oneof(
  fc.record({ kind: fc.constantFrom('exact' as const, 'prefix' as const, 'suffix' as const), value: word }),
  fc.constant({ kind: 'present' as const }),
);
const attribute = fc.constantFrom(
  { kind: 'source.namespace' } as const,
  { kind: 'request.method' } as const,
  { kind: 'request.header', name: 'h' } as const,
  { kind: 'connection.sni' } as const,
);
const condition: fc.Arbitrary<Condition> = fc.record({
  attribute,
  values: fc.array(stringMatch, { maxLength: 2 }),
  notValues: fc.array(stringMatch, { maxLength: 2 }),
});
const groups = fc.array(fc.array(condition, { maxLength: 2 }), { maxLength: 2 });
const rule = fc.record({ from: groups, to: groups, when: fc.array(condition, { maxLength: 1 }) });
const policy = fc
  .tuple(
    fc.constantFrom('ALLOW' as const, 'DENY' as const, 'AUDIT' as const),
    fc.array(rule, { maxLength: 2 }),
    fc.boolean(),
  )
  .map(([action, rules, dryRun]) => buildPolicy(action, rules, { dryRun }));
const caller = fc.record({
  namespace: fc.option(fc.constantFrom('a', 'b', 'ab'), { nil: undefined }),
  method: fc.constantFrom('a', 'b'),
  header: fc.option(word, { nil: undefined }),
  sni: fc.option(word, { nil: undefined }),
});
type Caller = typeof caller extends fc.Arbitrary<infer T> ? T : never;

test('authorise agrees with a plain reading of the Istio rules', () => {
  const verdicts = { allowed: 0, denied: 0 };
  fc.assert(
    fc.property(fc.array(policy, { maxLength: 4 }), caller, (policies, who) => {
      const expected = reference(policies, who);
      verdicts[expected ? 'allowed' : 'denied']++;
      assert.equal(decide(policies, who), expected);
    }),
    { numRuns: propertyRuns(3000) },
  );
  assert.ok(verdicts.allowed > 300 && verdicts.denied > 300, JSON.stringify(verdicts));
});

function decide(policies: readonly Policy[], who: Caller): boolean {
  const active = activate(buildSnapshot({ inbound: [buildListener({ policies })] }));
  const request = buildRequest('app/', who.header === undefined ? [] : [['h', who.header]], {
    method: who.method,
  });
  const connection = buildConnection('inbound', {
    serverName: who.sni,
    ...(who.namespace === undefined ? {} : { peer: `cluster.local/ns/${who.namespace}/sa/x` }),
  });
  return active.decide(request, connection, fixedInputs()).kind === 'forward';
}

function reference(policies: readonly Policy[], who: Caller): boolean {
  const of = (action: string) =>
    policies.filter((policy) => policy.action === action && policy.dryRun === false);
  if (of('DENY').some((policy) => referencePolicy(policy, who))) return false;
  return of('ALLOW').length === 0 || of('ALLOW').some((policy) => referencePolicy(policy, who));
}

function referencePolicy(policy: Policy, who: Caller): boolean {
  return policy.rules.some(({ from, to, when }) => {
    const any = (list: typeof from) =>
      list.length === 0 || list.some((group) => group.every((item) => referenceCondition(item, who)));
    return any(from) && any(to) && when.every((item) => referenceCondition(item, who));
  });
}

function referenceCondition({ attribute, values, notValues }: Condition, who: Caller): boolean {
  const value = {
    'source.namespace': who.namespace,
    'request.method': who.method,
    'request.header': who.header,
    'connection.sni': who.sni,
  }[attribute.kind as string];
  const matches = (match: { kind: string; value?: string | number }) => {
    if (value === undefined) return false;
    const pattern = { exact: '^#$', prefix: '^#', suffix: '#$', present: '.' }[match.kind] ?? '$^';
    return new RegExp(pattern.replace('#', String(match.value))).test(value);
  };
  return (values.length === 0 || values.some(matches)) && !notValues.some(matches);
}
