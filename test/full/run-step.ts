import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readCounts } from './counts.ts';
import type { Result } from './results.ts';
import type { Step } from './steps.ts';

const PROGRESS_MS = 10_000;
/** Closing lines, and what a reader needs of a failure; the whole output is in the log. */
const TAIL_LENGTH = 16_384;
const FOLDER = '.weft/full';

interface Ended {
  readonly succeeded: boolean;
  readonly tail: string;
}

/** Runs a step to its end, with progress on stderr and its output in `.weft/full/NAME.log`. */
export async function runStep(step: Step): Promise<Result> {
  mkdirSync(FOLDER, { recursive: true });
  const log = join(FOLDER, `${step.name}.log`);
  const figures = join(FOLDER, `${step.name}.json`);
  rmSync(figures, { force: true });
  const started = performance.now();
  const date = new Date().toISOString();
  const { succeeded, tail } = await runCommand(step, log, figures);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const counts = readCounts(step.output, tail, succeeded);
  if (counts.failed > 0) process.stderr.write(`${tail.slice(-2000)}\nfull: the whole output is in ${log}\n`);
  return {
    name: step.name,
    command: commandText(step),
    ...counts,
    seconds,
    date,
    figures: readFigures(figures),
  };
}

function runCommand(step: Step, log: string, figures: string): Promise<Ended> {
  const [program, ...args] = step.command.map((word) => (word === '{figures}' ? figures : word));
  const child = spawn(program ?? '', args, {
    env: { ...process.env, ...step.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: step.limitMinutes * 60_000,
  });
  const file = createWriteStream(log);
  let tail = '';
  const take = (chunk: Buffer): void => {
    file.write(chunk);
    tail = (tail + chunk.toString()).slice(-TAIL_LENGTH);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const stopProgress = showProgress(step.name, () => tail);
  return new Promise((resolve) => {
    const end = (succeeded: boolean, text = ''): void => {
      stopProgress();
      file.end();
      resolve({ succeeded, tail: tail + text });
    };
    child.on('error', (error) => end(false, error.message));
    child.on('close', (code) => end(code === 0));
  });
}

function showProgress(name: string, tail: () => string): () => void {
  const started = performance.now();
  const show = (): void => {
    const seconds = Math.round((performance.now() - started) / 1000);
    const line = tail().trimEnd().split('\n').at(-1)?.trim().slice(0, 80) ?? '';
    process.stderr.write(`full: ${name}, ${seconds} s: ${line}\n`);
  };
  process.stderr.write(`full: ${name} begins\n`);
  const timer = setInterval(show, PROGRESS_MS);
  return () => clearInterval(timer);
}

function commandText({ command, env }: Step): string {
  const settings = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  return [...settings, ...command].join(' ');
}

function readFigures(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
}
