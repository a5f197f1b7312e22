import { existsSync, readFileSync } from 'node:fs';

const folder = new URL('../../../shared/conformance/', import.meta.url);

/** Why a test that needs third-party data cannot run, or false when it can. */
export function missingThirdParty(file: string): string | false {
  return existsSync(new URL(file, folder)) ? false : 'third-party cases are not here';
}

/** The text of a third-party file. */
export function thirdParty(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8');
}

/** Where a third-party folder is. */
export function thirdPartyFolder(name: string): URL {
  return new URL(`${name}/`, folder);
}
