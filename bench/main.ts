/** `npm run bench -- NAME|all [--quick] [--only ROW[,ROW]] [--json FILE]`: figures on stdout, progress on stderr. */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { codec } from './benchmark/codec.ts';
import { decide } from './benchmark/decide.ts';
import { proxy } from './benchmark/proxy.ts';
import type { Benchmark, Findings } from './harness.ts';
import { parseOptions, USAGE, UsageError } from './options.ts';
import { formatTable } from './table.ts';

const EX_USAGE = 64;
const loadBefore = loadavg()[0] ?? 0;
const benchmarks: readonly Benchmark[] = [codec, decide, proxy];

function list(): void {
  console.log(`${USAGE}\n`);
  for (const { name, about } of benchmarks) console.log(`  ${name.padEnd(8)} ${about}`);
}

async function runOne(benchmark: Benchmark, quick: boolean, only: readonly string[]): Promise<Findings> {
  const started = performance.now();
  const progress = (text: string): void => void process.stderr.write(`bench ${benchmark.name}: ${text}\n`);
  const findings = await benchmark.run({ quick, only, progress });
  progress(`done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  console.log(`\n${benchmark.name}: ${benchmark.about}\n${formatTable(findings.rows)}`);
  for (const note of findings.notes) console.log(`note: ${note}`);
  return findings;
}

/** `load` is what the machine was busy with before: figures of a busy one are not to be quoted. */
function machine(): Readonly<Record<string, string | number>> {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    node: process.versions.node,
    load: loadBefore,
  };
}

async function main(): Promise<void> {
  const names = benchmarks.map(({ name }) => name);
  const { name, quick, only, json } = parseOptions(process.argv.slice(2), names);
  if (name === undefined) return list();
  const all: Findings[] = [];
  for (const benchmark of benchmarks) {
    if (name === 'all' || name === benchmark.name) all.push(await runOne(benchmark, quick, only));
  }
  if (json === undefined) return;
  const rows = all.flatMap((findings) => findings.rows);
  const notes = all.flatMap((findings) => findings.notes);
  const text = JSON.stringify(
    { date: new Date().toISOString(), quick, machine: machine(), rows, notes },
    null,
    2,
  );
  writeFileSync(json, `${text}\n`);
}

await main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`${USAGE}\n`);
  process.exitCode = error instanceof UsageError ? EX_USAGE : 1;
});
