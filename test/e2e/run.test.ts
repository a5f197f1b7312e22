import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { freePort } from '../../cli/up/free-port.ts';
import { serviceOf } from '../support/control-parts.ts';
import { ControlProcess } from '../support/control-process.ts';
import { ask } from '../support/http-client.ts';
import { commandsWith } from '../support/process-tree.ts';
import { RunProcess } from '../support/run-process.ts';
import { root } from '../support/source-tree.ts';
import { until } from '../support/until.ts';

const runtimes = ['deno', 'bun', 'node'] as const;

let control: ControlProcess;
before(async () => {
  control = await ControlProcess.start(['server', ...runtimes].map((name) => serviceOf(name)).join('---'));
});
after(() => control.stop());

const inbound = async (run: RunProcess, path: string) =>
  ask(`http://127.0.0.1:${await run.port('INBOUND')}${path}`, { headers: { host: await run.service() } });

const flagsOf = (runtime: string, workload = 'server-v1'): string[] => [
  '--state',
  control.state,
  '--workload',
  workload,
  '--runtime',
  runtime,
];

describe('a run from its start to its end', { concurrency: 3 }, () => {
  for (const runtime of runtimes) {
    describe(`weft run with a sidecar on ${runtime}`, { concurrency: 1 }, () => {
      let run: RunProcess;
      before(() => {
        run = new RunProcess(flagsOf(runtime, `${runtime}-v1`), {
          APP_SERVICE: runtime,
          MINIMUM_DRAIN_DURATION: '300ms',
          APP_EXIT_CODE: '9',
        });
      });

      test('starts the application when the sidecar has an identity, and registers when the application is up', async () => {
        const env = await run.environment();
        assert.equal(env.WEFT_IDENTITY, `spiffe://cluster.local/ns/default/sa/${runtime}`);
        assert.match(env.HTTP_PROXY ?? '', /^http:\/\/weft:[\w-]{32}@127\.0\.0\.1:\d+$/);
        assert.equal('WEFT_PROXY_CREDENTIAL' in env, false);
        await control.untilRegistered(`${runtime}-v1`, 1);
        assert.equal((await inbound(run, '/')).body, 'here');
      });

      test('the application’s own calls go through the mesh', async () => {
        await until('it can be called', async () =>
          (await inbound(run, '/call')).body === '200 here' ? true : undefined,
        );
      });

      test('its admin pages answer, and know its identity and its clusters', async () => {
        const admin = `http://127.0.0.1:${await run.port('ADMIN')}`;
        for (const page of [
          'config_dump',
          'stats',
          'stats/prometheus',
          'server_info',
          'listeners',
          'logging',
          'help',
        ])
          assert.equal((await ask(`${admin}/${page}`)).status, 200, page);
        const [{ ca_cert, cert_chain }] = JSON.parse((await ask(`${admin}/certs`)).body).certificates;
        assert.deepEqual(cert_chain[0].subject_alt_names, [
          { uri: `spiffe://cluster.local/ns/default/sa/${runtime}` },
        ]);
        assert.ok(Number(ca_cert[0].days_until_expiration) > 0);
        const port = await run.port('INBOUND');
        const clusters = (await ask(`${admin}/clusters`)).body;
        assert.match(
          clusters,
          new RegExp(
            `^outbound\\|80\\|\\|${runtime}\\.\\S*::127\\.0\\.0\\.1:${port}::health_flags::healthy$`,
            'm',
          ),
        );
      });

      test('a sidecar that is killed comes back on its ports while the application runs on', async () => {
        const env = await run.environment();
        run.killSidecar();
        await until('it is back', async () => {
          const answer = await inbound(run, '/').catch(() => undefined);
          return answer?.status === 200 ? true : undefined;
        });
        assert.equal(run.told.filter(({ app }) => app === 'up').length, 1);
        assert.equal((await ask(`http://127.0.0.1:${env.WEFT_ADMIN_PORT}/ready`)).body, 'LIVE\n');
      });

      test('SIGTERM ends requests first, then the application, and the code is the application’s', async () => {
        run.signal('SIGHUP');
        await until('SIGHUP is passed on', () => run.told.find(({ signal }) => signal === 'SIGHUP'));
        const slow = inbound(run, '/slow');
        const admin = await run.port('ADMIN');
        run.signal('SIGTERM');
        await until('the sidecar leaves', async () => {
          const { status, body } = await ask(`http://127.0.0.1:${admin}/ready`);
          return status === 503 && body === 'DRAINING\n' ? true : undefined;
        });
        assert.equal((await inbound(run, '/')).body, 'here', 'who has not heard is still served');
        assert.equal((await slow).status, 200);
        assert.equal(await run.ended, 9, run.stderr);
        assert.deepEqual(
          run.told.slice(-2).map(({ app, url, signal }) => url ?? signal ?? app),
          ['/slow', 'SIGTERM'],
        );
        await control.untilRegistered(`${runtime}-v1`, 0);
      });
    });
  }
});

describe('weft run', { concurrency: 2 }, () => {
  test('ends as the application ends', async () => {
    const run = new RunProcess(flagsOf('bun'), { MINIMUM_DRAIN_DURATION: '0s' });
    assert.equal((await inbound(run, '/end')).body, 'bye');
    assert.equal(await run.ended, 3);
  });

  test('the second SIGTERM does not wait for the drain', async () => {
    const run = new RunProcess(flagsOf('bun'), { MINIMUM_DRAIN_DURATION: '90s' });
    await run.environment();
    await control.untilRegistered('server-v1', 1);
    run.signal('SIGTERM');
    const admin = await run.port('ADMIN');
    await until('it drains', async () =>
      (await ask(`http://127.0.0.1:${admin}/ready`)).status === 503 ? true : undefined,
    );
    run.signal('SIGTERM');
    assert.equal(await run.ended, 7);
  });

  for (const [what, command, code, said] of [
    ['no such command', ['/nowhere/app'], 127, /there is no such command/],
    ['a file that is no program', [join(root, 'README.md')], 126, /EACCES/],
  ] as const) {
    test(`${what} ends with ${code}`, async () => {
      const run = new RunProcess(flagsOf('bun'), { MINIMUM_DRAIN_DURATION: '0s' }, command);
      assert.equal(await run.ended, code);
      assert.match(run.stderr, said);
    });
  }

  test('a sidecar that cannot join is no sidecar: 69, and the application is never started', async () => {
    const nowhere = ['--join', join(control.folder, 'absent.json'), '--runtime', 'bun'];
    const run = new RunProcess(nowhere);
    assert.equal(await run.ended, 69);
    assert.match(run.stderr, /there is no join bundle[\s\S]*the sidecar ended before it was ready/);
    assert.deepEqual(run.told, []);
  });

  test('who says nothing of who the application is learns how', async () => {
    const run = new RunProcess(['--state', control.state]);
    assert.equal(await run.ended, 64);
    assert.match(run.stderr, /--join FILE, --workload NAME/);
  });
});

test('the status port answers Istio’s probes and merges the metrics', async () => {
  const port = String(await freePort());
  const run = new RunProcess(
    [
      ...flagsOf('bun'),
      '--status-port',
      '0',
      '--health-port',
      '0',
      '--metrics-port',
      '0',
      '--app-port',
      port,
    ],
    {
      MINIMUM_DRAIN_DURATION: '0s',
      ISTIO_KUBE_APP_PROBERS: JSON.stringify({
        '/app-health/main/readyz': { httpGet: { path: '/down', port: Number(port) } },
      }),
      ISTIO_PROMETHEUS_ANNOTATIONS: JSON.stringify({ scrape: 'true', path: '/metrics', port }),
    },
  );
  const status = `http://127.0.0.1:${await run.port('STATUS')}`;
  assert.equal((await ask(`${status}/healthz/ready`)).status, 200);
  assert.equal((await ask(`http://127.0.0.1:${await run.port('HEALTH')}/healthz/ready`)).status, 200);
  assert.equal((await ask(`${status}/app-health/main/readyz`)).status, 503, 'the application’s own answer');
  assert.equal((await ask(`${status}/app-health/other/readyz`)).status, 404);
  const merged = (await ask(`${status}/stats/prometheus`)).body;
  assert.match(merged, /^weft_snapshot_revision \d+$/m);
  assert.match(merged, /^app_orders_total 3$/m);
  const own = (await ask(`http://127.0.0.1:${await run.port('METRICS')}/stats/prometheus`)).body;
  assert.match(own, /^weft_snapshot_revision \d+$/m);
  assert.doesNotMatch(own, /app_orders/);
  run.signal('SIGINT');
  assert.equal(await run.ended, 7);
});

test('no run leaves a bundle, a certificate or a process behind', () => {
  assert.deepEqual(readdirSync(join(control.state, 'join')), []);
  assert.deepEqual(readdirSync(join(control.state, 'proxies')), []);
  assert.deepEqual(commandsWith(join(control.state, 'proxies')), []);
});
