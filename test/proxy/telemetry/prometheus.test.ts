import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BUCKET_BOUNDS, Histogram, quantile } from '../../../src/proxy/telemetry/histogram.ts';
import { LABEL_NAMES, type Labels, TCP_LABEL_NAMES } from '../../../src/proxy/telemetry/labels.ts';
import { prometheusText } from '../../../src/proxy/telemetry/prometheus.ts';
import { proxyMetrics } from '../../../src/proxy/telemetry/proxy-metrics.ts';
import { ConnectionCounter, RequestCounter } from '../../../src/proxy/telemetry/series.ts';
import { type ExposedFamily, readExposition } from '../../support/exposition.ts';

const facts = {
  version: '0.1.0',
  runtime: 'node 26',
  now: 1_000_000,
  startedAt: 500_000,
  revision: 3,
  certificate: { id: 'spiffe://cluster.local/ns/default/sa/app', notBefore: 0, notAfter: 1_060_000 },
  rejections: 1,
  folded: 0,
  droppedLines: 0,
  limits: [],
  keyFetches: [],
};

function labelsWith(value: string): Labels {
  return Object.fromEntries(LABEL_NAMES.map((name) => [name, value])) as Labels;
}

function family(families: readonly ExposedFamily[], name: string): ExposedFamily {
  const found = families.find((one) => one.name === name);
  assert.ok(found, name);
  return found;
}

describe('exposition', () => {
  test('names, labels and figures come back as they went in, whatever a label holds', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => !/[\r\u2028\u2029]/.test(text)),
        fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 }),
        (value, durations) => {
          const counter = new RequestCounter(labelsWith(value));
          for (const ms of durations) counter.add(ms, 10, 20);
          const families = readExposition(prometheusText([counter.read()], [], proxyMetrics(facts)));
          const [total] = family(families, 'istio_requests_total').samples;
          assert.equal(total?.value, durations.length);
          assert.deepEqual([...(total?.labels.keys() ?? [])], [...LABEL_NAMES]);
          assert.ok([...(total?.labels.values() ?? [])].every((text) => text === value));
          const { type, samples } = family(families, 'istio_request_duration_milliseconds');
          assert.equal(type, 'histogram');
          const buckets = samples.filter(({ name }) => name.endsWith('_bucket'));
          assert.equal(buckets.length, BUCKET_BOUNDS.length + 1);
          for (const { labels, value } of buckets) {
            const bound = Number(labels.get('le')?.replace('+Inf', 'Infinity'));
            assert.equal(value, durations.filter((ms) => ms <= bound).length);
          }
        },
      ),
    );
  });

  test('TCP metrics have no label of a response', () => {
    const counter = new ConnectionCounter(labelsWith('a'));
    counter.open();
    counter.close(5, 7);
    const families = readExposition(prometheusText([], [counter.read()], []));
    const [sent] = family(families, 'istio_tcp_sent_bytes_total').samples;
    assert.equal(sent?.value, 5);
    assert.deepEqual([...(sent?.labels.keys() ?? [])], [...TCP_LABEL_NAMES]);
  });

  test('what limits counted is told by limit and result', () => {
    const limits = [
      { limit: 'shop/api/all', result: 'ok', count: 3 },
      { limit: 'shop/api/all', result: 'over_limit', count: 2 },
    ] as const;
    const families = readExposition(prometheusText([], [], proxyMetrics({ ...facts, limits })));
    const { samples } = family(families, 'weft_rate_limit_requests_total');
    assert.deepEqual(
      samples.map(({ labels, value }) => [labels.get('limit'), labels.get('result'), value]),
      [
        ['shop/api/all', 'ok', 3],
        ['shop/api/all', 'over_limit', 2],
      ],
    );
  });

  test('fetches of keys are told by source and result', () => {
    const source = 'https://issuer.example/keys';
    const keyFetches = [
      { source, result: 'ok', count: 1 },
      { source, result: 'error', count: 4 },
    ] as const;
    const families = readExposition(prometheusText([], [], proxyMetrics({ ...facts, keyFetches })));
    const { samples } = family(families, 'weft_jwks_fetches_total');
    assert.deepEqual(
      samples.map(({ labels, value }) => [labels.get('source'), labels.get('result'), value]),
      [
        [source, 'ok', 1],
        [source, 'error', 4],
      ],
    );
  });

  test('the proxy tells of its build, its configuration and its certificate', () => {
    const families = readExposition(prometheusText([], [], proxyMetrics(facts)));
    const value = (name: string) => family(families, name).samples[0]?.value;
    assert.equal(value('weft_snapshot_revision'), 3);
    assert.equal(value('weft_certificate_expiry_seconds'), 60);
    assert.equal(value('weft_config_rejections_total'), 1);
    assert.equal(value('process_start_time_seconds'), 500);
    assert.deepEqual(family(families, 'weft_build_info').samples[0]?.labels.get('runtime'), 'node 26');
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;
  test('promtool finds nothing but the unit that Istio chose', {
    skip: promtool ? false : 'promtool is not here',
  }, () => {
    const counter = new RequestCounter(labelsWith('a "quoted" \\ value'));
    counter.add(3, 0, 100);
    const input = prometheusText(
      [counter.read()],
      [new ConnectionCounter(labelsWith('b')).read()],
      proxyMetrics(facts),
    );
    const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], {
      input,
      encoding: 'utf8',
    });
    const complaints = `${stdout}${stderr}`
      .trim()
      .split('\n')
      .filter((line) => line !== '');
    assert.ok(
      complaints.every(
        (line) => line.startsWith('istio_request_duration_milliseconds ') && /unit/.test(line),
      ),
      `${status}: ${complaints.join('\n')}`,
    );
  });
});

describe('quantiles', () => {
  test('lie in the bucket in which the value of that rank is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3_000_000 }), { minLength: 1, maxLength: 50 }),
        fc.constantFrom(0.5, 0.95, 0.99),
        (values, share) => {
          const histogram = new Histogram();
          for (const value of values) histogram.observe(value);
          const sorted = values.toSorted((a, b) => a - b);
          const exact = sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
          const upper = BUCKET_BOUNDS.find((bound) => exact <= bound) ?? Number.POSITIVE_INFINITY;
          const lower = BUCKET_BOUNDS.findLast((bound) => bound < exact) ?? 0;
          const found = quantile(histogram.read(), share);
          assert.ok(found >= lower && found <= upper, `${found} is not in (${lower}, ${upper}]`);
        },
      ),
    );
  });

  test('of nothing is 0', () => assert.equal(quantile(new Histogram().read(), 0.5), 0));
});
