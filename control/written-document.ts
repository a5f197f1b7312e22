import type { Resource } from '../src/config/resource/resource.ts';

/** A document as it was applied. */
export interface WrittenDocument {
  readonly file: string;
  /** 1-based line on which `text` began, comments before the first key included. */
  readonly line: number;
  readonly text: string;
}

/** Blank lines and comments before the first key. */
const preamble = /^(?:[^\S\n]*(?:#[^\n]*)?\n)*/;

/** The document that a resource was read from. */
export function writtenDocument({ origin }: Resource): WrittenDocument {
  const { file, line } = origin.at([]);
  const before = preamble.exec(origin.text)?.[0].split('\n').length ?? 1;
  return { file, line: Math.max(1, line - before + 1), text: origin.text };
}

/** The file that it stood in, as far as it is kept: on the lines where it stood. */
export function asFile({ line, text }: WrittenDocument): string {
  return '\n'.repeat(Math.max(0, line - 1)) + text;
}
