import { activate } from '../../src/proxy/activate.ts';
import * as b from './snapshot.ts';
const routes = [
  b.buildRoute('a', b.forwardTo(['c']), { matches: [{ headers: [{ name: 'end-user', match: b.exact('jason') }] }] }),
  b.buildRoute('r', b.forwardTo([{ cluster: 'c', weight: 1 }, { cluster: 'd', weight: 9 }]), { matches: [{ path: b.prefix('/api') }] }),
];
const clusters = [b.buildCluster('c'), b.buildCluster('d')];
const policies = [b.buildPolicy('ALLOW', [{ from: [[b.condition('source.principal', [b.exact('cluster.local/ns/a/sa/b')])]], to: [[b.condition('request.method', [b.exact('GET')])]] }])];
const s = activate(b.buildSnapshot({ inbound: [b.buildListener({ policies })], outbound: [{ port: 80, virtualHosts: [b.buildVirtualHost(['reviews'], routes)] }], clusters }));
const g = activate(b.gatewaySnapshot([b.buildVirtualHost(['*'], routes)], clusters));
const hdrs: [string, string][] = ['host2', 'accept', 'user-agent', 'accept-encoding', 'traceparent', 'x-b3', 'cookie', 'content-type'].map((n) => [n, 'value']);
const req = b.buildRequest('reviews/api/x?q=1', hdrs);
const inputs = { ...b.fixedInputs(0.5), bytes: (n: number) => crypto.getRandomValues(new Uint8Array(n)) };
function time(name: string, f: () => unknown) { for (let i = 0; i < 3e5; i++) f(); const t = performance.now(); for (let i = 0; i < 1e6; i++) f(); console.log(name, Math.round(performance.now() - t), 'ns'); }
const ci = b.buildConnection('inbound', { peer: 'cluster.local/ns/a/sa/b' }), co = b.buildConnection('outbound'), cg = b.buildConnection('gateway');
time('inbound', () => s.decide(req, ci, inputs));
time('outbound', () => s.decide(req, co, inputs));
time('gateway', () => g.decide(req, cg, inputs));
