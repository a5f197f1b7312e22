import { existsSync, readFileSync } from 'node:fs';

const folder = new URL('../../../shared/conformance/vectors/', import.meta.url);

/** Why a test that needs `file` cannot run, or false when it can. */
export function missingVectors(file: string): string | false {
  return existsSync(new URL(file, folder)) ? false : 'third-party cases are not here';
}

/** A third-party file of JSON. */
export function readVectors<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as T;
}

/** Bytes out of base64. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0));
}
