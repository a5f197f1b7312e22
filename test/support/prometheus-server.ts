import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../cli/up/free-port.ts';
import { until } from './until.ts';

/** What Prometheus thinks of one target. */
export interface ScrapedTarget {
  readonly health: string;
  readonly lastError: string;
  readonly scrapeUrl: string;
}

/** Debian's `prometheus`, on a free port, with a folder of its own. */
export class PrometheusServer {
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #port: number;
  readonly #log: string[] = [];

  /** Whether the machine has it. */
  static readonly installed = spawnSync('prometheus', ['--version']).status === 0;

  private constructor(folder: string, port: number, child: ChildProcess) {
    this.#folder = folder;
    this.#port = port;
    this.#process = child;
    child.stderr?.on('data', (chunk) => this.#log.push(String(chunk)));
  }

  /** Scrapes `/stats/prometheus` of these targets (`host:port`) every second. */
  static async start(targets: readonly string[]): Promise<PrometheusServer> {
    const folder = mkdtempSync(join(tmpdir(), 'weft-prometheus-'));
    const port = await freePort();
    const job = { job_name: 'weft', metrics_path: '/stats/prometheus', static_configs: [{ targets }] };
    const config = { global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: [job] };
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const args = [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const child = spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    process.once('exit', () => child.kill());
    const server = new PrometheusServer(folder, port, child);
    await until('Prometheus is ready', () =>
      server.#get('/-/ready').then(
        () => true,
        () => undefined,
      ),
    );
    return server;
  }

  /** What it warned of. */
  get warnings(): string[] {
    return this.#log
      .join('')
      .split('\n')
      .filter((line) => /level=(warn|error)/.test(line));
  }

  async targets(): Promise<ScrapedTarget[]> {
    const { data } = JSON.parse(await this.#get('/api/v1/targets'));
    return data.activeTargets;
  }

  /** The value of a query that gives one number; undefined where it gives none. */
  async value(query: string): Promise<number | undefined> {
    const { data } = JSON.parse(await this.#get(`/api/v1/query?query=${encodeURIComponent(query)}`));
    const [sample] = data.result;
    return sample === undefined ? undefined : Number(sample.value[1]);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('close', resolve));
    this.#process.kill();
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #get(path: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.text();
  }
}
