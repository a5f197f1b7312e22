import assert from 'node:assert/strict';
import { precheckTls } from '../../../src/runtime/sockets/precheck/precheck-tls.ts';
import { systemClock as clock, systemRandom as random } from '../../../src/runtime/system.ts';
import type { Case } from './case.ts';

export const PRECHECK_CASES: readonly Case[] = [
  {
    name: 'the precheck finds nothing wrong with the TLS of this runtime',
    run: async () => {
      const findings = await precheckTls({ rounds: 2, clock, random });
      assert.equal(findings.length, 11);
      assert.deepEqual(
        findings.filter(({ fault }) => fault !== ''),
        [],
      );
    },
  },
];
