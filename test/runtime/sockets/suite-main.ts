import process from 'node:process';
import { runCase } from './case.ts';
import { CASES } from './suite.ts';

/** Runs the suite under whatever runtime this is; one JSON line per case. */
for (const one of CASES) {
  let error = '';
  try {
    await runCase(one);
  } catch (cause) {
    error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  }
  console.log(JSON.stringify({ name: one.name, error }));
}
process.exit(0);
