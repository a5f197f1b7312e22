import { runCase } from './case.ts';
import { GRPC_CASES } from './grpc-cases.ts';
import { H2_CASES } from './h2-cases.ts';
import { H2_FAILURE_CASES } from './h2-failure-cases.ts';
import { H2_FLOW_CASES } from './h2-flow-cases.ts';
import { H2_FRAME_CASES } from './h2-frame-cases.ts';
import { H2_SESSION_CASES } from './h2-session-cases.ts';

for (const one of [
  ...H2_CASES,
  ...H2_SESSION_CASES,
  ...H2_FLOW_CASES,
  ...H2_FAILURE_CASES,
  ...H2_FRAME_CASES,
  ...GRPC_CASES,
]) {
  if (process.argv[2] && !one.name.includes(process.argv[2])) continue;
  const t = performance.now();
  try {
    await runCase(one);
    console.log('ok', one.name, Math.round(performance.now() - t));
  } catch (e) {
    console.log('FAIL', one.name, e);
  }
}
process.exit(0);
