/** `npm run bench -- NAME|all [options]`: figures on stdout as they are found, progress on stderr. */
import { codec } from './benchmark/codec.ts';
import { cold } from './benchmark/cold.ts';
import { config } from './benchmark/config.ts';
import { decide } from './benchmark/decide.ts';
import { footprint } from './benchmark/footprint.ts';
import { grpc } from './benchmark/grpc.ts';
import { identity } from './benchmark/identity.ts';
import { idle } from './benchmark/idle.ts';
import { latency } from './benchmark/latency.ts';
import { policy } from './benchmark/policy.ts';
import { proxy } from './benchmark/proxy.ts';
import { routing } from './benchmark/routing.ts';
import { swap } from './benchmark/swap.ts';
import { tunnel } from './benchmark/tunnel.ts';
import { judge } from './bound.ts';
import { type Benchmark, isWanted, type Row } from './harness.ts';
import { type BenchOptions, parseOptions, USAGE, UsageError } from './options.ts';
import { Results } from './results.ts';
import { formatTable } from './table.ts';

const EX_USAGE = 64;
const benchmarks: readonly Benchmark[] = [
  codec,
  decide,
  routing,
  cold,
  swap,
  policy,
  identity,
  config,
  proxy,
  latency,
  idle,
  footprint,
  tunnel,
  grpc,
];

function showUsage(): void {
  console.log(`${USAGE}\n`);
  for (const { name, about } of benchmarks) console.log(`  ${name.padEnd(10)} ${about}`);
}

function listRows(chosen: readonly Benchmark[], options: BenchOptions): void {
  for (const { rows } of chosen) {
    for (const row of rows) if (isWanted(row, options)) console.log(row);
  }
}

async function runOne(benchmark: Benchmark, options: BenchOptions, results: Results): Promise<void> {
  const started = performance.now();
  const progress = (text: string): void => void process.stderr.write(`bench ${benchmark.name}: ${text}\n`);
  const completed = (rows: readonly Row[]): void => {
    const judged = judge(rows);
    console.log(`${formatTable(judged)}\n`);
    results.add(judged);
  };
  const failed = (name: string, why: string): void => {
    progress(`${name} cannot be measured: ${why}`);
    results.addFailure(name, why);
  };
  console.log(`\n${benchmark.name}: ${benchmark.about}\n`);
  const notes = await benchmark.run({ ...options, progress, completed, failed });
  for (const note of notes) console.log(`note: ${note}`);
  results.addNotes(notes);
  progress(`done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

async function main(): Promise<void> {
  const names = benchmarks.map(({ name }) => name);
  const options = parseOptions(process.argv.slice(2), names);
  const named = benchmarks.filter(({ name }) => options.name === 'all' || options.name === name);
  const chosen = named.filter(({ rows }) => rows.some((row) => isWanted(row, options)));
  if (options.name === undefined) return showUsage();
  if (chosen.length === 0) throw new UsageError(`no row begins with ${options.only.join(' or ')}`);
  if (options.list) return listRows(chosen, options);
  const results = new Results(options.json, options.quick);
  for (const benchmark of chosen) await runOne(benchmark, options, results);
  for (const failure of results.failures) console.log(`not measured: ${failure}`);
  if (results.failures.length > 0) process.exitCode = 1;
}

await main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`${USAGE}\n`);
  process.exitCode = error instanceof UsageError ? EX_USAGE : 1;
});
