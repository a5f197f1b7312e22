/** Runs under the runtime that is to be looked at; prints what was found as one line of JSON. */
import { runtimeName } from '../../src/runtime/runtime-name.ts';
import { precheckTls } from '../../src/runtime/sockets/precheck/precheck-tls.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';

const findings = await precheckTls({ rounds: 20, clock, random });
console.log(JSON.stringify({ runtime: runtimeName(), findings }));
