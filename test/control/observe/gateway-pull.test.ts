import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { GatewayPull } from '../../../control/observe/gateway-pull.ts';
import { ProxyTable } from '../../../control/observe/proxy-table.ts';
import { RememberedLog } from '../../support/control-parts.ts';
import { reportOf } from '../../support/proxy-report.ts';
import { ManualClock } from '../../support/scripted-transport.ts';

test('a gateway Worker is asked with its token; one that does not tell is logged once', async () => {
  const server = createServer(({ url, headers }, response) => {
    const asked = url === '/.well-known/weft/stats' && headers.authorization === 'Bearer secret';
    response.writeHead(asked ? 200 : 401).end(JSON.stringify(reportOf('isolate', { runtime: 'workerd' })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [log, proxies] = [new RememberedLog(), new ProxyTable(new ManualClock())];
  const wrong = new GatewayPull({ url, token: 'wrong' }, proxies, log);
  for (let time = 0; time < 5; time++) await wrong.pull();
  assert.deepEqual(log.events, ['warn gateway does not tell its traffic']);
  assert.deepEqual(proxies.heardBesides([]), []);
  await new GatewayPull({ url, token: 'secret' }, proxies, log).pull();
  const [heard] = proxies.heardBesides([]);
  assert.deepEqual(
    [heard?.kind, heard?.workload, heard?.report.runtime],
    ['gateway', 'istio-ingressgateway', 'workerd'],
  );
  server.close();
});
