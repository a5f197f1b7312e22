import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wranglerScript } from '../../cli/runtime-paths.ts';
import { Child } from '../../cli/up/child.ts';
import { freePort } from '../../cli/up/free-port.ts';
import type { RateLimitStore, TokenRate, TokenTake } from '../../src/runtime/ports.ts';
import { root } from './source-tree.ts';
import { until } from './until.ts';

/** The limit that a rate-limit binding counts, 3 in a minute. */
export const BOUND_LIMIT = 'shop/api/bound';

/** The stores of limits that Workers have, in a workerd of their own. */
export class WorkerdLimits implements RateLimitStore {
  readonly #child: Child;
  readonly #folder: string;
  readonly #url: string;

  private constructor(child: Child, folder: string, url: string) {
    this.#child = child;
    this.#folder = folder;
    this.#url = url;
  }

  static async start(): Promise<WorkerdLimits> {
    const folder = mkdtempSync(join(tmpdir(), 'weft-limits-'));
    const config = join(folder, 'wrangler.toml');
    writeFileSync(config, configuration());
    const port = await freePort();
    const flags = ['--config', config, '--local', '--ip', '127.0.0.1', '--port', String(port)];
    const quiet = ['--show-interactive-dev-session=false', '--inspector-port', '0', '--log-level', 'warn'];
    const child = new Child(
      {
        name: 'limits',
        command: [
          process.execPath,
          wranglerScript,
          'dev',
          ...flags,
          ...quiet,
          '--persist-to',
          join(folder, 'state'),
        ],
        env: { WRANGLER_SEND_METRICS: 'false', CI: '1' },
        cwd: root,
        logFile: join(folder, 'worker.log'),
      },
      () => undefined,
    );
    const url = `http://127.0.0.1:${port}/`;
    const worker = new WorkerdLimits(child, folder, url);
    await until('the Worker answers', async () => {
      if (!child.running) throw new Error(`the Worker ended:\n${child.tail}`);
      const response = await fetch(url).catch(() => undefined);
      return (await response?.text()) === 'ready' ? true : undefined;
    });
    return worker;
  }

  async take(bucket: string, rate: TokenRate): Promise<TokenTake> {
    const response = await fetch(this.#url, { method: 'POST', body: JSON.stringify({ bucket, rate }) });
    if (response.status !== 200) throw new Error(await response.text());
    return (await response.json()) as TokenTake;
  }

  async stop(): Promise<void> {
    await this.#child.stop(2000);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function configuration(): string {
  return `name = "weft-limits"
main = ${JSON.stringify(join(root, 'test', 'support', 'limit-worker.ts'))}
compatibility_date = "2026-08-04"
compatibility_flags = ["no_nodejs_compat"]
[[durable_objects.bindings]]
name = "WEFT_LIMITS"
class_name = "RateLimitObject"
[[migrations]]
tag = "limits"
new_sqlite_classes = ["RateLimitObject"]
[[ratelimits]]
name = "API_LIMITER"
namespace_id = "1"
simple = { limit = 3, period = 60 }
[vars]
WEFT_LIMIT_BINDINGS = "${BOUND_LIMIT}=API_LIMITER"
`;
}
