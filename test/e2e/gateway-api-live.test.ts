import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readTests, requestOf, type Test } from '../conformance/gateway-api-http.ts';
import { type Case, wrongResult } from '../conformance/gateway-api-result.ts';
import { EchoServices } from '../support/echo-services.ts';
import { type CoreRequest, type CoreResult, GatewayApiCore } from '../support/gateway-api-core.ts';
import { type LiveGateway, snapshotOf, socketGateway, workerGateway } from '../support/live-gateways.ts';
import type { RawResponse } from '../support/raw-request.ts';
import { missingThirdParty, thirdPartyFolder } from '../support/third-party.ts';
import { until } from '../support/until.ts';

const data = fileURLToPath(thirdPartyFolder('.'));
/** Every so many tests; all of them in the long run. */
const STEP = process.env.WEFT_FULL === '1' ? 1 : 6;

/** A case through one gateway. */
interface LiveCase {
  readonly id: string;
  readonly one: Case;
  readonly request: CoreRequest;
  readonly gateway: { readonly name: string; readonly namespace: string };
}

/** The cases of a test that are plaintext HTTP through a Gateway and leave nothing to chance. */
function liveCases({ test: name, cases }: Test, texts: readonly string[], core: GatewayApiCore): LiveCase[] {
  return cases.flatMap((one, i) => {
    const only = core.resources.findLast(({ kind }) => kind === 'KubernetesGateway');
    const { Name = only?.name ?? '', Namespace = only?.namespace ?? '' } = one.via?.gateway ?? {};
    const chance = one.distribution || one.expect.mirroredTo?.some(({ percent = 100 }) => percent < 100);
    const plain = one.proto === 'http' && one.scheme !== 'https' && !one.serverName;
    if (one.unresolved || chance || !plain) return [];
    const request = requestOf(one, texts.join('\n'), core);
    return [{ id: `${name} ${i}`, one, request, gateway: { name: Name, namespace: Namespace } }];
  });
}

/**
 * Why a platform cannot do what a case wants, if it is so. Besides, fetch sets no Host: a backend of the Worker sees
 * its own address there, which is not compared.
 */
function platformLimit(wrong: string, { request }: LiveCase, { platform }: LiveGateway): string | undefined {
  if (platform !== 'workerd') return undefined;
  if (request.port !== 80) return 'a Worker has no ports of its own: its listeners are one';
  const own = `location http://${request.authority}`;
  return wrong.startsWith(own) ? '`wrangler dev` writes https of the host that was asked as http' : undefined;
}

describe('the HTTP cases of the Gateway API’s suite, live', {
  skip: missingThirdParty('gateway-api-http.jsonl'),
}, () => {
  const echoes = new EchoServices();
  const gateways: LiveGateway[] = [];
  let tests: Awaited<ReturnType<typeof readTests>> = [];
  before(async () => {
    const all = (await readTests(data)).filter(({ test: one }) => one.suite === 'gateway');
    tests = all.filter((_, i) => i % STEP === 0);
    gateways.push(await workerGateway(), socketGateway('deno'), socketGateway('bun'));
  });
  after(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    echoes.close();
  });

  for (const at of [0, 1, 2])
    test(`on ${['workerd', 'deno', 'bun'][at]} are answered as on the core`, async (t) => {
      const gateway = gateways[at] ?? assert.fail();
      const report = { passed: 0, excepted: new Map<string, string[]>(), wrong: [] as string[] };
      for (const { test: one, texts } of tests) await runTest(one, texts, gateway, report);
      for (const [cause, ids] of report.excepted) t.diagnostic(`${cause}: ${ids.join(', ')}`);
      t.diagnostic(`${report.passed} passed, ${report.wrong.length} wrong`);
      assert.deepEqual(report.wrong, []);
      assert.ok(report.passed > 0);
    });

  interface Report {
    passed: number;
    readonly excepted: Map<string, string[]>;
    readonly wrong: string[];
  }

  async function runTest(one: Test, texts: readonly string[], gateway: LiveGateway, report: Report) {
    const core = new GatewayApiCore(texts);
    let running = '';
    for (const live of liveCases(one, texts, core)) {
      const name = `${live.gateway.namespace}/${live.gateway.name}`;
      if (running !== name) await gateway.run(await snapshotOf(core.resources, live.gateway, echoes));
      running = name;
      const expected = core.throughGateway(live.gateway.namespace, live.gateway.name, live.request);
      const wrong = await judged(live, gateway, typeof expected === 'string' ? undefined : expected);
      const onCore = typeof expected === 'string' ? expected : wrongResult(live.one, live.request, expected);
      const cause = wrong && platformLimit(wrong, live, gateway);
      if (wrong === undefined || onCore !== undefined) report.passed++;
      else if (cause)
        report.excepted.set(cause, [...(report.excepted.get(cause) ?? []), `${live.id} (${wrong})`]);
      else report.wrong.push(`${live.id}: ${wrong}`);
    }
  }

  /** An echo server knows its Service only; which workloads are behind it, the core says of the one that it chose. */
  async function judged(
    live: LiveCase,
    gateway: LiveGateway,
    onCore: CoreResult | undefined,
  ): Promise<string | undefined> {
    const { id, one, request } = live;
    const mark = `${gateway.platform} ${id}`;
    const headers = [['host', request.authority], ...request.headers, ['x-case', mark]] as const;
    const { method, path: target, port } = request;
    const response = await gateway.send(port, { method, target, headers }).catch(String);
    if (typeof response === 'string') return response;
    const copies = one.expect.mirroredTo ? one.expect.mirroredTo.length + 1 : 0;
    await until(`${mark} and its copies`, () => echoes.received(mark).length >= copies || undefined);
    const result = resultOf(response, mark, live, gateway);
    const workloads = onCore?.service === result.service ? onCore.backends : [];
    return wrongResult(one, request, { ...result, backends: [...result.backends, ...workloads] });
  }

  function resultOf(
    { status, headers }: RawResponse,
    mark: string,
    { one, request }: LiveCase,
    { platform }: LiveGateway,
  ): CoreResult {
    const received = echoes.received(mark);
    const named = received.map((got) => ({ ...got, name: got.service.split('.')[0] ?? '' }));
    const served = named.find(({ name }) => name === one.expect.backend) ?? named[0];
    const [service = '', namespace = ''] = (served?.service ?? '').split('.');
    const authority = one.expect.backendRequest?.host ?? request.authority;
    const seen = served && (platform === 'workerd' ? { ...served.request, authority } : served.request);
    const mirrors = named.map(({ name }) => name);
    return { status, service, namespace, backends: mirrors, request: seen, headers, mirrors };
  }
});
