import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { load, type Outcomes, total } from '../support/load.ts';
import { OutageMesh } from '../support/outage-mesh.ts';
import { until } from '../support/until.ts';

/** The long form: sixty rotations, and each runtime is at either end. */
const full = process.env.WEFT_FULL === '1';
const [each, requests] = full ? [30, 120_000] : [3, 20_000];
const roles = ['client', 'server'] as const;

/** Counts how often a sidecar has shown a new certificate. */
async function countRotations(mesh: OutageMesh, counts: Map<string, number>, stopped: AbortSignal) {
  const shown = new Map<string, string>();
  while (!stopped.aborted) {
    for (const role of roles) {
      const { notAfter = '' } = (await mesh.certificate(role)) ?? {};
      if (shown.has(role) && shown.get(role) !== notAfter) counts.set(role, (counts.get(role) ?? 0) + 1);
      shown.set(role, notAfter);
    }
    await sleep(250);
  }
}

function assertNoneFailed(outcomes: Outcomes, what: string): void {
  assert.deepEqual([...outcomes.keys()], ['200'], `${what}: ${JSON.stringify([...outcomes])}`);
}

const pairs = [
  ['deno', 'bun'],
  ['bun', 'deno'],
] as const;

for (const [client, server] of full ? pairs : pairs.slice(0, 1)) {
  describe(`certificates between a client on ${client} and a server on ${server}`, () => {
    test(`are rotated ${each} times at both ends during ${requests} requests, and none fails`, async (t) => {
      const mesh = await OutageMesh.start(full ? 10 : 14, { client, server });
      try {
        const rotations = new Map<string, number>();
        const stop = new AbortController();
        const counting = countRotations(mesh, rotations, stop.signal);
        const enough = () => roles.every((role) => (rotations.get(role) ?? 0) >= each);
        const outcomes = await load({
          ...mesh.call,
          more: (sent) => sent < requests || !enough(),
          label: ({ status }) => String(status),
        });
        stop.abort();
        await counting;
        t.diagnostic(`${total(outcomes)} requests, rotations ${JSON.stringify([...rotations])}`);
        assertNoneFailed(outcomes, 'while certificates were rotated');

        await mesh.killControl();
        for (const role of roles) {
          await until(`${role} is not ready once its certificate has expired`, async () =>
            (await mesh.readiness(role)).status === 503 ? true : undefined,
          );
        }
        assert.equal(await mesh.status(), 503, 'mesh TLS fails closed');
      } finally {
        await mesh.stop();
      }
    });
  });
}
