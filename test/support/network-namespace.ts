import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as dial, type Server } from 'node:net';
import { join } from 'node:path';
import { root } from './source-tree.ts';

/** The user that interception leaves alone. */
export const SIDECAR_USER = 1337;

/** Why network namespaces cannot be made here; undefined where they can. */
export function noNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'only Linux has network namespaces';
  if (process.getuid?.() !== 0) return 'only root makes network namespaces';
  const name = `weft-try-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status !== 0) return `no network namespace can be made: ${made.stderr ?? made.error}`;
  const rules = spawnSync('ip', ['netns', 'exec', name, 'nft', 'list', 'ruleset'], { encoding: 'utf8' });
  spawnSync('ip', ['netns', 'del', name]);
  return rules.status === 0 ? undefined : `nft does not work here: ${rules.stderr}`;
}

/** What a command left behind. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine of its own, as far as its network goes. */
export class NetworkNamespace {
  readonly name: string;
  readonly ipv4: string;
  readonly #children: ChildProcess[] = [];
  readonly #servers: Server[] = [];

  private constructor(name: string, number: number) {
    // However the test ends, its namespaces end with it.
    process.once('exit', () => this.remove());
    this.name = name;
    this.ipv4 = `10.77.0.${number}`;
    ip('netns', 'add', name);
    // Whoever is asked for names, interception answers.
    mkdirSync(this.#etc, { recursive: true });
    writeFileSync(join(this.#etc, 'resolv.conf'), 'nameserver 10.77.0.53\noptions timeout:2 attempts:2\n');
  }

  /** Two that have nobody but each other; each takes the other for the way to everywhere. */
  static pair(): readonly [NetworkNamespace, NetworkNamespace] {
    const [a, b] = ['a', 'b'].map((end) => `weft${process.pid}${end}`) as [string, string];
    const [first, second] = [new NetworkNamespace(a, 2), new NetworkNamespace(b, 3)];
    ip('link', 'add', a, 'netns', a, 'type', 'veth', 'peer', 'name', b, 'netns', b);
    first.#join(2, 3);
    second.#join(3, 2);
    return [first, second];
  }

  /** Runs a command to its end, as root unless told otherwise; kills it after ten seconds. */
  run(command: readonly string[], user = 0, input = ''): Promise<Finished> {
    const child = this.#spawn(command, user);
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (chunk) => (stdout += chunk));
    child.stderr?.on('data', (chunk) => (stderr += chunk));
    child.stdin?.end(input);
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    return new Promise((resolve) =>
      child.once('close', (code) => {
        clearTimeout(timer);
        resolve({ code, stdout, stderr });
      }),
    );
  }

  /** Starts a program that lives as long as the namespace. */
  start(command: readonly string[], user = 0, env: Readonly<Record<string, string>> = {}): ChildProcess {
    const child = this.#spawn(command, user, env);
    this.#children.push(child);
    return child;
  }

  /** Makes a port of loopback outside, e.g. control's, the same port of loopback in here. */
  async lendPort(port: number, folder: string): Promise<void> {
    const path = join(folder, `${this.name}.sock`);
    const server = createServer((client) =>
      client.pipe(dial(port, '127.0.0.1').on('error', () => client.destroy())).pipe(client),
    );
    await new Promise<void>((resolve) => server.listen(path, resolve));
    this.#servers.push(server);
    const script = `require('net').createServer((c)=>{c.on('error',()=>{});const u=require('net').connect(process.argv[1]);u.on('error',()=>c.destroy());c.pipe(u).pipe(c)}).listen(${port},'127.0.0.1',()=>console.log('ready'))`;
    const relay = this.start([process.execPath, '-e', script, path]);
    await new Promise((resolve) => relay.stdout?.once('data', resolve));
  }

  /** Ends everything in it, and the namespace. */
  remove(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const server of this.#servers) server.close();
    spawnSync('ip', ['netns', 'del', this.name]);
    rmSync(this.#etc, { recursive: true, force: true });
  }

  get #etc(): string {
    return join('/etc/netns', this.name);
  }

  #join(own: number, other: number): void {
    ip('-n', this.name, 'link', 'set', 'lo', 'up');
    ip('-n', this.name, 'addr', 'add', `10.77.0.${own}/24`, 'dev', this.name);
    ip('-n', this.name, 'addr', 'add', `fd77::${own}/64`, 'dev', this.name, 'nodad');
    ip('-n', this.name, 'link', 'set', this.name, 'up');
    ip('-n', this.name, 'route', 'add', 'default', 'via', `10.77.0.${other}`);
    ip('-n', this.name, '-6', 'route', 'add', 'default', 'via', `fd77::${other}`);
  }

  #spawn(command: readonly string[], user: number, env: Readonly<Record<string, string>> = {}): ChildProcess {
    const as = user === 0 ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
    const args = ['netns', 'exec', this.name, ...as, ...command];
    const child = spawn('ip', args, { cwd: root, env: { ...process.env, ...env }, stdio: 'pipe' });
    return child;
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}
