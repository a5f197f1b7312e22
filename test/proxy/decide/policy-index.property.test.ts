import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ActiveSnapshot, activate } from '../../../src/proxy/activate.ts';
import type { Subject } from '../../../src/proxy/decide/attribute.ts';
import { compilePolicy } from '../../../src/proxy/decide/policy.ts';
import { buildPolicyIndex, firstRule, type PolicyIndex } from '../../../src/proxy/decide/policy-index.ts';
import type { Policy } from '../../../src/snapshot/policy.ts';
import {
  holdingRules,
  type PlainCaller,
  plainTrustDomain,
  plainVerdict,
} from '../../support/plain-authorization.ts';
import { policyIndexMutants } from '../../support/policy-index-mutants.ts';
import { drawNear, drawPolicySet, type PolicySet } from '../../support/policy-sets.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { chosenSeed, Seeded } from '../../support/seeded.ts';
import {
  buildConnection,
  buildListener,
  buildRequest,
  buildSnapshot,
  fixedInputs,
} from '../../support/snapshot.ts';

const CALLERS_PER_SET = 25;
/** 50,000 pairs of a policy set and a caller; `npm run full` asks for ten times as many. */
const PAIRS = propertyRuns(2000) * CALLERS_PER_SET;
/** Each is short enough for every runner. */
const PARTS = 5;
/** A mutant lives when this many pairs do not show it. */
const PAIRS_OF_MUTANT = 20_000;

for (let part = 1; part <= PARTS; part++) {
  test(`over ${PAIRS} policy sets and callers (${part} of ${PARTS}) the index says what reading rule by rule does`, () => {
    const seed = chosenSeed();
    const seen = { pairs: 0, allowed: 0, byRule: 0, byNone: 0 };
    for (const { set, callers } of sets(seed + part, PAIRS / PARTS)) {
      const inbound = ports(set.policies);
      const active = activate(buildSnapshot({ trustDomain: plainTrustDomain, inbound }));
      for (const caller of callers) {
        const expected = plainVerdict(set.policies, caller);
        const said = verdict(active, caller);
        if (said !== expected) assert.equal(said, expected, `WEFT_SEED=${seed}: ${text(set, caller)}`);
        seen.pairs++;
        if (expected === 'allowed') seen.allowed++;
        else if (expected.endsWith('[none]')) seen.byNone++;
        else seen.byRule++;
      }
    }
    assert.ok(seen.pairs >= PAIRS / PARTS);
    for (const count of [seen.allowed, seen.byRule, seen.byNone])
      assert.ok(count >= (0.02 * PAIRS) / PARTS, JSON.stringify(seen));
  });
}

test('every rule that is generated holds for one of its callers', () => {
  const seed = chosenSeed();
  for (const { set } of sets(seed, 5_000)) {
    for (const { policy, rule, caller } of set.witnesses) {
      const held = holdingRules(set.policies[policy] as Policy, caller);
      if (!held.includes(rule)) assert.fail(`WEFT_SEED=${seed}: ${policy} ${rule} ${text(set, caller)}`);
    }
  }
});

test('the index finds the first of all rules that hold', () => {
  assert.equal(
    differences(chosenSeed(), 5_000, (index) => index),
    0,
  );
});

for (const [name, mutate] of policyIndexMutants) {
  test(`an index is found out in which ${name}`, () => {
    assert.ok(differences(chosenSeed(), PAIRS_OF_MUTANT, mutate, 1) > 0);
  });
}

interface Drawn {
  readonly set: PolicySet;
  /** One for every rule, and others. */
  readonly callers: readonly PlainCaller[];
}

function* sets(seed: number, pairs: number): Generator<Drawn> {
  const draw = new Seeded(seed);
  for (let done = 0; done < pairs; ) {
    const set = drawPolicySet(draw);
    const own = set.witnesses.map(({ caller }) => caller);
    const others = Array.from({ length: Math.max(5, CALLERS_PER_SET - own.length) }, () =>
      drawNear(draw, set),
    );
    done += own.length + others.length;
    yield { set, callers: [...own, ...others] };
  }
}

/** How many callers a changed index of all the policies gives another rule; it stops at `enough`. */
function differences(
  seed: number,
  pairs: number,
  change: (index: PolicyIndex) => PolicyIndex,
  enough = Number.POSITIVE_INFINITY,
): number {
  const scope = { trustDomain: plainTrustDomain, trustedProxies: 0 };
  let count = 0;
  for (const { set, callers } of sets(seed, pairs)) {
    const index = change(
      buildPolicyIndex(
        set.policies.map((policy) => compilePolicy(policy, scope)),
        scope,
      ),
    );
    for (const caller of callers) {
      const found = firstRule(index, subjectOf(caller));
      const wanted = set.policies.flatMap((policy) =>
        holdingRules(policy, caller).map((rule) => `${policy.source} ${rule}`),
      )[0];
      if ((found && `${found.policy.source} ${found.index}`) !== wanted) count++;
      if (count >= enough) return count;
    }
  }
  return count;
}

function ports(policies: readonly Policy[]) {
  return [8080, 9090, 808].map((port) => buildListener({ port, policies }));
}

function verdict(active: ActiveSnapshot, caller: PlainCaller): string {
  const { request, connection } = subjectOf(caller);
  const decision = active.decide(request, connection, fixedInputs());
  return decision.kind === 'reply' ? decision.details : 'allowed';
}

function subjectOf({ peer, method, path, authority, headers, sni, address, port }: PlainCaller): Subject {
  const id = peer && `${peer.domain}/ns/${peer.namespace}/sa/${peer.account}`;
  const connection = buildConnection('inbound', {
    port,
    remoteAddress: address,
    serverName: sni,
    ...(id !== undefined && { peer: id }),
  });
  const request = buildRequest(`${authority}${path}`, headers, { method });
  return { direction: 'inbound', request, connection, edits: [], peer: connection.peer };
}

function text({ policies }: PolicySet, caller: PlainCaller): string {
  return JSON.stringify({ caller, policies });
}
