import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import type { JudgedRow } from './bound.ts';

/** The figures of a run, in a file that is whole after each comparison. */
export class Results {
  readonly #file: string | undefined;
  readonly #quick: boolean;
  /** What the machine was busy with before: figures of a busy one are not to be quoted. */
  readonly #load = loadavg()[0] ?? 0;
  readonly #rows: JudgedRow[] = [];
  readonly #notes: string[] = [];
  readonly #failures: string[] = [];

  /** Without a file nothing is written. */
  constructor(file: string | undefined, quick: boolean) {
    this.#file = file;
    this.#quick = quick;
  }

  add(rows: readonly JudgedRow[]): void {
    this.#rows.push(...rows);
    this.#save();
  }

  /** Rows that could not be measured, with the reason. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  addFailure(name: string, why: string): void {
    this.#failures.push(`${name}: ${why}`);
    this.#save();
  }

  addNotes(notes: readonly string[]): void {
    this.#notes.push(...notes);
    this.#save();
  }

  #save(): void {
    if (this.#file === undefined) return;
    const date = new Date().toISOString();
    const [rows, notes] = [this.#rows, [...new Set(this.#notes)]];
    const [quick, machine, failures] = [this.#quick, this.#machine(), this.#failures];
    const text = JSON.stringify({ date, quick, machine, rows, failures, notes }, null, 2);
    writeFileSync(this.#file, `${text}\n`);
  }

  #machine(): Readonly<Record<string, string | number>> {
    const cpu = cpus()[0]?.model ?? 'unknown';
    return { cpu, cores: cpus().length, node: process.versions.node, load: this.#load };
  }
}
