import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../cli/up/free-port.ts';
import { ProgramProcess } from '../support/child-process.ts';
import { ControlProcess } from '../support/control-process.ts';
import { isFull, sized } from '../support/full-runs.ts';
import { ask } from '../support/http-client.ts';
import { KINDS, RollingLoad } from '../support/rolling-load.ts';
import { RunProcess } from '../support/run-process.ts';
import { root } from '../support/source-tree.ts';
import { until } from '../support/until.ts';

const [restarts, perSecond] = [sized(1, 10), sized(60, 500)];
/** The short form runs beside other tests, where news of a leaving takes its time. */
const drain = { MINIMUM_DRAIN_DURATION: sized('3s', '2s') };
const runtimes = ['bun', 'deno', 'node'] as const;
const credential = 'c2VjcmV0';
const app = [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  join(root, 'test', 'support', 'rolling-app.ts'),
];

const workload = (name: string, ports: string): string => `
{apiVersion: v1, kind: Service, metadata: {name: ${name}}, spec: {selector: {app: ${name}}, ports: [${ports}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: ${name}-v1}, spec: {selector: {matchLabels: {app: ${name}}},
 template: {metadata: {labels: {app: ${name}}}, spec: {serviceAccountName: ${name}, containers: [{name: main}]}}}}
---`;

/** What failed, how often. */
function countsOf(failed: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const one of failed) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].map(([what, count]) => `${count} × ${what}`);
}

/** As a deployment has an instance leave. */
async function leave(run: RunProcess): Promise<void> {
  run.signal('SIGTERM');
  assert.equal(await run.ended, 143, 'the application has ended by the signal');
}

const manifests = (retries: string): string => `${workload('client', '{port: 80, name: http}')}
${workload('server', '{port: 80, targetPort: 8080, name: http}, {port: 81, targetPort: 8081, name: grpc}')}
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: server, namespace: default}
spec:
  hosts: [server]
  http: [{route: [{destination: {host: server}}]${retries}}]
`;

describe('instances of a workload under load', () => {
  let control: ControlProcess;
  let client: ProgramProcess;
  let outbound = 0;
  let current: RunProcess;

  before(async () => {
    control = await ControlProcess.start(manifests(', retries: {attempts: 0}'));
    const args = ['--join', await control.joinFile('client-v1'), '--app-port', '1'];
    client = new ProgramProcess('bun', 'sidecar/main.ts', args, { WEFT_PROXY_CREDENTIAL: credential });
    outbound = Number((await client.ready()).outbound);
    current = start('bun');
    await control.untilRegistered('server-v1', 1);
    const headers = { host: 'server', 'proxy-authorization': `Basic ${btoa(`weft:${credential}`)}` };
    await until('the server is reached', async () =>
      (await ask(`http://127.0.0.1:${outbound}/`, { headers })).status === 200 ? true : undefined,
    );
  });
  after(async () => {
    current.signal('SIGTERM');
    await current.ended;
    await client.end('SIGKILL');
    await control.stop();
  });

  const start = (runtime: (typeof runtimes)[number], ...more: string[]): RunProcess => {
    const flags = ['--state', control.state, '--workload', 'server-v1', '--runtime', runtime];
    return new RunProcess([...flags, ...more], drain, app);
  };

  test(`rolling restarts (${restarts}) at ${perSecond} requests/s fail none, without retries`, async (context) => {
    const load = new RollingLoad({ port: outbound, credential }, perSecond);
    for (let restart = 0; restart < restarts; restart++) {
      const next = start(runtimes[(restart + 1) % runtimes.length] ?? 'bun');
      await control.untilRegistered('server-v1', 2);
      await leave(current);
      current = next;
    }
    await sleep(500);
    await load.stop();
    context.diagnostic(
      `${load.total} requests: ${KINDS.map((kind) => `${kind} ${load.sent.get(kind)}`).join(', ')}`,
    );
    assert.deepEqual(countsOf(load.failed), []);
  });

  if (isFull)
    test(`${restarts} restarts on one port fail none, with Istio’s default retries`, async (context) => {
      await control.apply(manifests(''));
      const place = ['--inbound-port', String(await freePort()), '--reuse-port'];
      const first = start('bun', ...place);
      await control.untilRegistered('server-v1', 2);
      await leave(current);
      current = first;
      const load = new RollingLoad({ port: outbound, credential }, perSecond);
      for (let restart = 0; restart < restarts; restart++) {
        const before = await control.instancesOf('server-v1');
        const next = start(runtimes[(restart + 1) % runtimes.length] ?? 'bun', ...place);
        await until('the next one has taken its place', async () => {
          const [name, ...others] = await control.instancesOf('server-v1');
          return name !== before[0] && others.length === 0 ? true : undefined;
        });
        await leave(current);
        current = next;
      }
      await sleep(500);
      await load.stop();
      context.diagnostic(`${load.total} requests`);
      assert.deepEqual(countsOf(load.failed), []);
    });

  test('a sidecar that is killed takes with it what was in flight and nothing else', async (context) => {
    await control.apply(manifests(''));
    const other = start('bun');
    await control.untilRegistered('server-v1', 2);
    const load = new RollingLoad({ port: outbound, credential }, perSecond);
    await sleep(1000);
    const inFlight = load.inFlight;
    other.killSidecar();
    await sleep(sized(1500, 10_000));
    await load.stop();
    context.diagnostic(`${load.total} requests, ${inFlight} in flight, ${load.failed.length} failed`);
    assert.ok(load.failed.length <= inFlight, load.failed.slice(0, 10).join('\n'));
    other.signal('SIGTERM');
    await other.ended;
  });
});
