import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getPlatformProxy } from 'wrangler';
import type { KVNamespace } from '../../src/runtime/store/kv.ts';

/** A KV namespace of a real workerd, bound as WEFT_CONFIG by a wrangler.toml of its own. */
export interface WorkerdKv {
  readonly namespace: KVNamespace;
  /** The wrangler.toml. */
  readonly config: string;
  /** The state folder, as for `--persist-to`. */
  readonly persistTo: string;
  close(): Promise<void>;
}

export async function startWorkerdKv(): Promise<WorkerdKv> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-workerd-'));
  const config = join(folder, 'wrangler.toml');
  writeFileSync(
    config,
    'name = "weft-test"\ncompatibility_date = "2026-08-04"\n[[kv_namespaces]]\nbinding = "WEFT_CONFIG"\nid = "weft"\n',
  );
  const persistTo = join(folder, 'state');
  // wrangler keeps a version below the folder it is given on its command line, getPlatformProxy does not.
  const persist = { path: join(persistTo, 'v3') };
  const proxy = await getPlatformProxy<{ WEFT_CONFIG: KVNamespace }>({ configPath: config, persist });
  const close = async (): Promise<void> => {
    await proxy.dispose();
    rmSync(folder, { recursive: true, force: true });
  };
  return { namespace: proxy.env.WEFT_CONFIG, config, persistTo, close };
}
