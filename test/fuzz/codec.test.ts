import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sized } from '../support/full-runs.ts';
import { mutate } from '../support/mutator.ts';
import { chosenSeed, Seeded } from '../support/seeded.ts';
import { type Check, checkBody, checkHello, checkRequest, checkResponse } from './checks.ts';
import { fuzzCorpus } from './corpus.ts';

const EXECUTIONS = sized(100_000, 1_000_000);

const corpus = fuzzCorpus();
/** Shares of the executions: requests come from strangers. */
const TARGETS: readonly (readonly [
  name: string,
  share: number,
  seeds: readonly Uint8Array[],
  check: Check,
])[] = [
  ['request heads', 0.4, corpus.requests, checkRequest],
  ['response heads', 0.2, corpus.responses, checkResponse],
  ['bodies', 0.25, corpus.bodies, checkBody],
  ['client hellos', 0.15, corpus.hellos, checkHello],
];

/** The input between bytes that nobody may read. */
function fenced(bytes: Uint8Array): Uint8Array {
  const fence = 16;
  const whole = new Uint8Array(bytes.length + 2 * fence).fill(0x0d);
  whole.set(bytes, fence);
  return whole.subarray(fence, fence + bytes.length);
}

for (const [name, share, seeds, check] of TARGETS) {
  test(`mutated ${name} break no promise of the codec`, (t) => {
    const seed = chosenSeed();
    const seeded = new Seeded(seed);
    const executions = Math.round(EXECUTIONS * share);
    let accepted = 0;
    for (let i = 0; i < executions; i++) {
      const bytes = fenced(mutate(seeds, seeded));
      try {
        if (check(bytes, seeded)) accepted++;
      } catch (error) {
        const input = Buffer.from(bytes).toString('base64');
        throw new Error(`WEFT_SEED=${seed}, execution ${i}, input ${input}`, { cause: error });
      }
    }
    t.diagnostic(`WEFT_SEED=${seed}: ${executions} executions, ${accepted} accepted`);
    // A fuzzer whose inputs are all refused at the first octet tests nothing.
    assert.ok(accepted > executions / 100, `${accepted} of ${executions} accepted`);
  });
}

for (const [name, , seeds, check] of TARGETS) {
  test(`the seeds themselves: ${name}`, () => {
    const seeded = new Seeded(1);
    let accepted = 0;
    for (const bytes of seeds) if (check(fenced(bytes), seeded)) accepted++;
    assert.ok(accepted > 0);
  });
}
