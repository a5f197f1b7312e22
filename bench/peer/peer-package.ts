import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Loads one of the packages of peers.json. They are no dependencies, so the caller names the part it uses. */
export async function loadPackage<Part>(folder: string, name: string): Promise<Part> {
  const path = createRequire(join(folder, 'package.json')).resolve(name);
  return (await import(pathToFileURL(path).href)) as Part;
}
