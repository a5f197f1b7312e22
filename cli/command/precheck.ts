import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Finding } from '../../src/runtime/sockets/precheck/precheck-tls.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { jsonText } from '../mesh-state.ts';
import { projectRoot, type RuntimeName, runtimeCommand } from '../runtime-paths.ts';

export interface PrecheckFlags {
  /** Empty = all three. */
  readonly runtime: readonly RuntimeName[];
  readonly output: string;
}

/** What was found of one runtime. */
interface Report {
  /** With its version. */
  readonly runtime: string;
  readonly findings: readonly Finding[];
}

const run = promisify(execFile);
const ALL: readonly RuntimeName[] = ['deno', 'bun', 'node'];
const PATIENCE_MS = 120_000;

/** `weft precheck`: whether the TLS of runtimes can be trusted with a STRICT workload. */
export async function precheck({ runtime, output }: PrecheckFlags): Promise<void> {
  const reports: Report[] = [];
  for (const name of runtime.length === 0 ? ALL : runtime) reports.push(await reportOf(name));
  const text = output === 'json' ? jsonText({ items: reports }) : reports.map(reportText).join('\n');
  process.stdout.write(`${text}\n`);
  const faulty = reports.filter(({ findings }) => findings.some(({ fault }) => fault !== ''));
  if (faulty.length > 0) {
    const names = faulty.map((one) => one.runtime).join(', ');
    throw new CommandError(`do not run STRICT workloads on ${names}`, exitCode.testsFailed);
  }
}

async function reportOf(name: RuntimeName): Promise<Report> {
  const [command, ...args] = runtimeCommand(name);
  const main = join(projectRoot, 'cli', 'precheck', 'precheck-main.ts');
  try {
    const { stdout } = await run(command, [...args, main], { cwd: projectRoot, timeout: PATIENCE_MS });
    return JSON.parse(stdout) as Report;
  } catch (error) {
    throw new CommandError(`the precheck of ${name} did not come to its end: ${String(error)}`);
  }
}

function reportText({ runtime, findings }: Report): string {
  const lines = findings.map(({ what, fault }) => (fault === '' ? `  ✔ ${what}` : `  ✖ ${what}: ${fault}`));
  return [runtime, ...lines].join('\n');
}
