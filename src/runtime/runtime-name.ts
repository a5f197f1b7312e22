import process from 'node:process';

/** `deno 2.9.6`, `bun 1.4.5` or `node 26.10.0`. */
export function runtimeName(): string {
  const { deno, bun, node } = process.versions;
  if (deno) return `deno ${deno}`;
  return bun ? `bun ${bun}` : `node ${node}`;
}
