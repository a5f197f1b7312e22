import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OutlierDetector } from '../../../src/proxy/forward/outlier-detector.ts';
import type { OutlierDetection } from '../../../src/snapshot/cluster.ts';

const base: OutlierDetection = {
  consecutive5xx: 3,
  consecutiveGatewayErrors: 0,
  consecutiveLocalErrors: 2,
  splitLocalErrors: false,
  errorStatuses: [],
  intervalMs: 10,
  baseEjectionMs: 30,
  maxEjectionPercent: 50,
  minHealthPercent: 0,
};

function detector(more: Partial<OutlierDetection> = {}, endpoints = 2) {
  const members = Array.from({ length: endpoints }, () => ({ active: 0 }));
  const made = new OutlierDetector({ ...base, ...more });
  made.setMembers(members);
  made.holdsBack(0);
  return { made, members, first: members[0] as object, second: members[1] as object };
}

test('what ejects an endpoint', () => {
  const cases: [string, Partial<OutlierDetection>, (number | 'none')[], boolean][] = [
    ['the threshold of any 5xx', {}, [500, 501, 599], true],
    ['one less', {}, [500, 500], false],
    ['a success in between', {}, [500, 500, 200, 500, 500], false],
    ['nothing where it is off', { consecutive5xx: 0 }, [500, 500, 500, 500], false],
    ['gateway errors only', { consecutive5xx: 0, consecutiveGatewayErrors: 2 }, [500, 502, 504], true],
    [
      'gateway errors with another between',
      { consecutive5xx: 0, consecutiveGatewayErrors: 2 },
      [502, 500, 503],
      false,
    ],
    ['no response counts as an answer of 503', {}, [500, 'none', 503], true],
    ['no response counts apart when split', { splitLocalErrors: true }, [500, 500, 'none'], false],
    ['and has its own threshold', { splitLocalErrors: true }, ['none', 'none'], true],
    ['a response clears local failures', { splitLocalErrors: true }, ['none', 404, 'none'], false],
    ['other statuses by wish', { errorStatuses: [429] }, [429, 429, 429], true],
    ['and then not 5xx', { errorStatuses: [429] }, [500, 500, 500], false],
  ];
  for (const [name, more, events, ejected] of cases) {
    const { made, first } = detector(more);
    for (const event of events) {
      if (event === 'none') made.failed(first, 503, 1);
      else made.responded(first, event, 1);
    }
    assert.equal(made.isEjected(first), ejected, name);
  }
});

test('the share that is ejected already decides, so that one always can be', () => {
  const { made, first, second } = detector({ maxEjectionPercent: 10 });
  const fail = (endpoint: object) => {
    for (let i = 0; i < 3; i++) made.responded(endpoint, 500, 1);
  };
  fail(first);
  fail(second);
  assert.deepEqual([made.isEjected(first), made.isEjected(second)], [true, false]);
  assert.ok(made.holdsBack(2));
  // One that is gone does not count any more.
  made.setMembers([second]);
  assert.ok(!made.holdsBack(2));
  fail(second);
  assert.ok(made.isEjected(second));
});

test('in a panic the ejected are sent to as well', () => {
  const { made, first } = detector({ minHealthPercent: 51 });
  for (let i = 0; i < 3; i++) made.responded(first, 500, 1);
  assert.deepEqual([made.isEjected(first), made.holdsBack(2)], [true, false]);
});

/** Envoy's detector told plainly: every sweep is made when it is due, one by one. */
class Reference {
  readonly hosts: { run: number; until: number; times: number }[];
  at = 0;

  constructor(hosts: number) {
    this.hosts = Array.from({ length: hosts }, () => ({ run: 0, until: -1, times: 0 }));
  }

  advance(now: number): void {
    for (let tick = this.at + base.intervalMs; tick <= now; tick += base.intervalMs) {
      this.at = tick;
      for (const host of this.hosts) {
        if (host.until < 0) {
          if (host.times > 0) host.times--;
        } else if (tick >= host.until) {
          host.until = -1;
          host.run = 0;
        }
      }
    }
  }

  respond(index: number, status: number, now: number): void {
    this.advance(now);
    const host = this.hosts[index];
    if (host === undefined) return;
    host.run = status >= 500 ? host.run + 1 : 0;
    if (host.run < base.consecutive5xx) return;
    host.run = 0;
    const share = this.hosts.filter(({ until }) => until >= 0).length / this.hosts.length;
    if (host.until >= 0 || share >= base.maxEjectionPercent / 100) return;
    host.times++;
    host.until = now + Math.min(300_000, base.baseEjectionMs * host.times);
  }
}

test('lazy sweeps say what sweeps on time would have said', () => {
  const step = fc.record({
    wait: fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(400) }),
    host: fc.nat(3),
    status: fc.constantFrom(200, 500, 500, 500, 503),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { made, members } = detector({}, 4);
      const reference = new Reference(4);
      let now = 0;
      for (const { wait, host, status } of steps) {
        now += wait;
        made.holdsBack(now);
        made.responded(members[host] as object, status, now);
        reference.respond(host, status, now);
        assert.deepEqual(
          members.map((member) => made.isEjected(member)),
          reference.hosts.map(({ until }) => until >= 0),
        );
      }
    }),
  );
});
