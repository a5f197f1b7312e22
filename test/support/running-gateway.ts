import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wranglerScript } from '../../cli/runtime-paths.ts';
import { Child, type ChildSpec } from '../../cli/up/child.ts';
import { freePort } from '../../cli/up/free-port.ts';
import { compileMesh } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings as meshSettings } from '../../src/config/compile/mesh-settings.ts';
import { LocalKv } from '../../src/runtime/store/local-kv.ts';
import { WranglerKv } from '../../src/runtime/store/wrangler-kv.ts';
import type { Entry } from '../../src/snapshot/encode-content.ts';
import { type Publication, publicationEntries } from '../../src/snapshot/publish.ts';
import {
  generateSigningJwk,
  importSigningKey,
  publicJwk,
  type SigningKey,
} from '../../src/snapshot/signing-key.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { resourcesOf } from './parsed.ts';
import { RawClient } from './raw-request.ts';
import { root } from './source-tree.ts';

const config = join(root, 'wrangler.toml');
const readyMs = 60_000;
const graceMs = 2000;

/** The gateway Worker in a workerd of its own, with a local KV of its own; no control plane. */
export class RunningGateway {
  readonly port: number;
  readonly client: RawClient;
  /** What it is pinned to. */
  readonly key: SigningKey;
  /** Its KV. */
  readonly kv: WranglerKv;
  readonly #child: Child;
  readonly #folder: string;
  /** The same, without a call of wrangler for each write. */
  readonly #local: LocalKv;
  #revision = 0;

  private constructor(port: number, key: SigningKey, folder: string, child: Child) {
    this.port = port;
    this.client = new RawClient(port);
    this.key = key;
    this.kv = new WranglerKv({ config, persistTo: join(folder, 'kv') });
    this.#local = new LocalKv({ config, persistTo: join(folder, 'kv') });
    this.#child = child;
    this.#folder = folder;
    process.once('exit', this.#kill);
  }

  /**
   * Resolves when it answers requests. `variables` go over those that pin a new key and poll at every request;
   * `scheme` is what clients are to have spoken to the edge.
   */
  static async start(
    variables: Readonly<Record<string, string>> = {},
    scheme: 'http' | 'https' = 'http',
  ): Promise<RunningGateway> {
    const jwk = await generateSigningJwk();
    const own = { WEFT_SIGNING_KEYS: JSON.stringify({ keys: [publicJwk(jwk)] }), WEFT_POLL_MS: '0' };
    const folder = mkdtempSync(join(tmpdir(), 'weft-gateway-'));
    const port = await freePort();
    const child = startWrangler(folder, port, scheme, { ...own, WEFT_DEBUG: '1', ...variables });
    const gateway = new RunningGateway(port, await importSigningKey(jwk), folder, child);
    await gateway.#untilAnswers();
    return gateway;
  }

  /** The admin page below `/.well-known/weft/`. */
  admin(page: string, headers: readonly (readonly [string, string])[] = []) {
    const all = [['host', 'gateway.test'], ...headers] as const;
    return this.client.send({ method: 'GET', target: `/.well-known/weft/${page}`, headers: all });
  }

  /** Compiles manifests and puts them in force, the pointer last. */
  async publish(yaml: string, revision: number): Promise<Publication> {
    const publication = meshPublication(yaml, revision);
    await this.put((await publicationEntries(publication, this.key)).flat());
    return publication;
  }

  /** Puts snapshots in force, under the next revision. */
  async run(snapshots: readonly Snapshot[]): Promise<void> {
    const created = Date.now();
    const times = { created, expires: created + 86_400_000 };
    const publication = { mesh: 'weft', revision: ++this.#revision, ...times, snapshots, sources: [] };
    await this.put((await publicationEntries(publication, this.key)).flat());
  }

  /** Writes into its KV as somebody would who may write there; many times faster than a call of wrangler. */
  async put(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) await this.#local.putAll([entry]);
  }

  /** Resolves when its log tells that it refused configuration for each of these reasons. */
  async refused(codes: readonly string[]): Promise<void> {
    const deadline = Date.now() + readyMs;
    for (;;) {
      const log = readFileSync(join(this.#folder, 'gateway.log'), 'utf8');
      const lines = log.split('\n').filter((line) => line.includes('"configuration refused"'));
      const missing = codes.filter((code) => !lines.some((line) => line.includes(`"code":"${code}"`)));
      if (missing.length === 0) return;
      if (Date.now() > deadline) throw new Error(`nothing was refused for ${missing}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** A test that crashes must not leave a workerd behind. */
  readonly #kill = (): void => {
    if (this.#child.running && this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
  };

  async stop(): Promise<void> {
    process.off('exit', this.#kill);
    this.client.close();
    await this.#local.close();
    await this.#child.stop(graceMs);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Any answer counts: a gateway without configuration or keys is up as well. */
  async #untilAnswers(): Promise<void> {
    const deadline = Date.now() + readyMs;
    while (!(await this.admin('ready').catch(() => undefined))) {
      if (!this.#child.running || Date.now() > deadline) {
        const { tail } = this.#child;
        await this.stop();
        throw new Error(`the gateway did not start:\n${tail}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Manifests as a publication of the mesh that the gateway belongs to. */
export function meshPublication(yaml: string, revision: number): Publication {
  const { snapshots, sources, diagnostics } = compileMesh(resourcesOf(yaml), meshSettings);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  const created = Date.now();
  return { mesh: 'weft', revision, created, expires: created + 86_400_000, snapshots, sources };
}

function startWrangler(
  folder: string,
  port: number,
  scheme: string,
  variables: Readonly<Record<string, string>>,
): Child {
  const place = ['--local', '--ip', '127.0.0.1', '--port', String(port), '--persist-to', join(folder, 'kv')];
  const quiet = ['--show-interactive-dev-session=false', '--inspector-port', '0', '--log-level', 'warn'];
  const vars = Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}:${value}`]);
  const flags = ['--config', config, ...place, '--upstream-protocol', scheme, ...quiet, ...vars];
  const spec: ChildSpec = {
    name: 'gateway',
    command: [process.execPath, wranglerScript, 'dev', ...flags],
    env: { WRANGLER_SEND_METRICS: 'false', CI: '1' },
    cwd: root,
    logFile: join(folder, 'gateway.log'),
  };
  return new Child(spec, () => undefined);
}
