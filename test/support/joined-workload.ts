import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type RuntimeName, runtimeCommand } from '../../cli/runtime-paths.ts';
import type { JoinBundle } from '../../src/identity/join-bundle.ts';
import type { RunningMesh } from './running-mesh.ts';
import { root } from './source-tree.ts';

/** What its sidecar printed when it was ready. */
interface Ready {
  readonly event: string;
  readonly identity: string;
  readonly inbound: number;
  readonly outbound: number;
}

/** An application inside the test's process that joined a running mesh, with a sidecar of its own. */
export class JoinedWorkload {
  readonly ready: Ready;
  /** The headers of each request that the application got. */
  readonly seen: IncomingHttpHeaders[];
  /** `Proxy-Authorization` that opens its outbound port. */
  readonly authorization: string;
  readonly #app: Server;
  readonly #sidecar: ChildProcess;

  private constructor(
    ready: Ready,
    seen: IncomingHttpHeaders[],
    secret: string,
    app: Server,
    sidecar: ChildProcess,
  ) {
    this.ready = ready;
    this.seen = seen;
    this.authorization = `Basic ${btoa(`weft:${secret}`)}`;
    this.#app = app;
    this.#sidecar = sidecar;
  }

  /** Redeems a join bundle for a Deployment of the mesh; resolves when its sidecar serves. */
  static async join(mesh: RunningMesh, workload: string, runtime: RuntimeName): Promise<JoinedWorkload> {
    const seen: IncomingHttpHeaders[] = [];
    const app = await application(seen);
    const file = await bundleFile(mesh, workload);
    const secret = 'a credential of the test';
    const { port } = app.address() as AddressInfo;
    const [command, ...args] = runtimeCommand(runtime);
    const options = [join(root, 'sidecar', 'main.ts'), '--join', file, '--app-port', String(port)];
    const env = { ...process.env, WEFT_PROXY_CREDENTIAL: secret };
    const sidecar = spawn(command, [...args, ...options], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    process.once('exit', () => sidecar.kill('SIGKILL'));
    return new JoinedWorkload(await readyEvent(sidecar), seen, secret, app, sidecar);
  }

  /** What a sidecar under Node says when it ends, which a planted fault of its TLS (planted-faults.ts) makes it do. */
  static async refused(mesh: RunningMesh, workload: string, fault: string): Promise<string> {
    const faults = join(root, 'test', 'support', 'planted-faults.ts');
    const [command, ...args] = runtimeCommand('node');
    const options = ['--join', await bundleFile(mesh, workload), '--app-port', '9'];
    const sidecar = spawn(
      command,
      [...args, '--import', faults, join(root, 'sidecar', 'main.ts'), ...options],
      {
        cwd: root,
        env: { ...process.env, WEFT_PROXY_CREDENTIAL: 'any', WEFT_TEST_FAULT: fault },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    process.once('exit', () => sidecar.kill('SIGKILL'));
    let said = '';
    sidecar.stderr.on('data', (chunk) => (said += chunk));
    const code = await new Promise<number | null>((resolve) => sidecar.once('close', resolve));
    return `${said}\nended with ${code}`;
  }

  /** Asks the sidecar to leave the mesh; resolves with its exit code. */
  async stop(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.#sidecar.once('exit', resolve));
    this.#sidecar.kill('SIGTERM');
    const code = await ended;
    this.#app.closeAllConnections();
    this.#app.close();
    return code;
  }
}

/** A new join bundle for a Deployment of the mesh, as a file. */
async function bundleFile(mesh: RunningMesh, workload: string): Promise<string> {
  const grant = { namespace: 'default', workload };
  const bundle = await mesh.control.post<JoinBundle>('/v1/admin/join-bundles', grant);
  const file = join(mesh.state, 'join', `${workload}.json`);
  writeFileSync(file, JSON.stringify(bundle), { mode: 0o600 });
  return file;
}

function application(seen: IncomingHttpHeaders[]): Promise<Server> {
  const server = createServer(({ headers }, response) => {
    seen.push(headers);
    response.end('here');
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function readyEvent(sidecar: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    sidecar.once('exit', (code) => reject(new Error(`the sidecar ended with ${code}`)));
    createInterface({ input: sidecar.stdout ?? process.stdin }).on('line', (line) => {
      const event = line.startsWith('{') ? (JSON.parse(line) as Ready) : undefined;
      if (event?.event === 'ready') resolve(event);
    });
  });
}
