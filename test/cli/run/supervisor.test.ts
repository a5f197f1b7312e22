import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Ending, exitCodeOf, Supervisor } from '../../../cli/run/supervisor.ts';

const ports = { identity: 'spiffe://m/ns/n/sa/a', inbound: 1, outbound: 2, admin: 3 };

/** A sidecar and an application that do what they are told, and write down what happens to them. */
class Stage {
  readonly events: string[] = [];
  readonly supervisor: Supervisor;
  /** Ends the running sidecar. */
  endSidecar: () => void = () => undefined;
  /** Ends the application. */
  endApp: (ending: Ending) => void = () => undefined;
  /** Says that the inbound port is closed. */
  drained: () => void = () => undefined;
  /** How many starts of a sidecar fail from now on. */
  failures = 0;
  /** Whether the sidecar takes its time to start. */
  slow = false;

  constructor() {
    this.supervisor = new Supervisor({
      startSidecar: (earlier, stopped) => this.#startSidecar(earlier !== undefined, stopped),
      startApp: async () => this.#startApp(),
      sleep: async (ms) => void this.events.push(`pause of ${ms}`),
      tell: () => undefined,
    });
  }

  async #startSidecar(again: boolean, stopped: AbortSignal) {
    this.events.push(again ? 'sidecar again' : 'sidecar');
    if (this.slow)
      await new Promise((_, reject) => stopped.addEventListener('abort', () => reject(new Error('stopped'))));
    if (this.failures-- > 0) throw new Error('no identity');
    const ended = Promise.withResolvers<void>();
    this.endSidecar = ended.resolve;
    return {
      ports,
      ended: ended.promise,
      closeInbound: () => {
        this.events.push('sidecar leaves');
        return new Promise<void>((resolve) => {
          this.drained = resolve;
        });
      },
      stop: async () => {
        this.events.push('sidecar stops');
        ended.resolve();
      },
      kill: () => {
        this.events.push('sidecar killed');
        ended.resolve();
        this.drained();
      },
    };
  }

  #startApp() {
    this.events.push('app');
    const ended = Promise.withResolvers<Ending>();
    this.endApp = ended.resolve;
    return { ended: ended.promise, signal: (signal: string) => void this.events.push(`app gets ${signal}`) };
  }
}

/** Lets everything that is due happen. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

interface Scene {
  readonly what: string;
  readonly act: (stage: Stage) => Promise<void>;
  readonly events: readonly string[];
  /** A number, or what it is refused with. */
  readonly end: number | RegExp;
}

const scenes: readonly Scene[] = [
  {
    what: 'an application that ends takes its sidecar with it, and its code is ours',
    act: async ({ endApp }) => endApp({ code: 7, signal: null }),
    events: ['sidecar', 'app', 'sidecar stops'],
    end: 7,
  },
  {
    what: 'an application that a signal ended is told as shells do',
    act: async ({ endApp }) => endApp({ code: null, signal: 'SIGSEGV' }),
    events: ['sidecar', 'app', 'sidecar stops'],
    end: 139,
  },
  {
    what: 'SIGTERM drains before the application hears of it',
    act: async (stage) => {
      stage.supervisor.signal('SIGTERM');
      await turn();
      assert.equal(stage.events.at(-1), 'sidecar leaves');
      stage.drained();
      await turn();
      stage.endApp({ code: 0, signal: null });
    },
    events: ['sidecar', 'app', 'sidecar leaves', 'app gets SIGTERM', 'sidecar stops'],
    end: 0,
  },
  {
    what: 'the second SIGTERM is fast, the third kills',
    act: async (stage) => {
      for (const _ of [1, 2, 3]) stage.supervisor.signal('SIGTERM');
      await turn();
      stage.endApp({ code: null, signal: 'SIGKILL' });
    },
    events: [
      'sidecar',
      'app',
      'sidecar leaves',
      'app gets SIGTERM',
      'sidecar killed',
      'app gets SIGKILL',
      'sidecar stops',
    ],
    end: 137,
  },
  {
    what: 'SIGINT is passed on as SIGINT',
    act: async (stage) => {
      stage.supervisor.signal('SIGINT');
      stage.drained();
      await turn();
      stage.endApp({ code: null, signal: 'SIGINT' });
    },
    events: ['sidecar', 'app', 'sidecar leaves', 'app gets SIGINT', 'sidecar stops'],
    end: 130,
  },
  {
    what: 'other signals are the application’s alone',
    act: async (stage) => {
      stage.supervisor.signal('SIGHUP');
      stage.supervisor.signal('SIGUSR2');
      stage.endApp({ code: 0, signal: null });
    },
    events: ['sidecar', 'app', 'app gets SIGHUP', 'app gets SIGUSR2', 'sidecar stops'],
    end: 0,
  },
  {
    what: 'a sidecar that ends by itself comes back while the application runs on',
    act: async (stage) => {
      stage.failures = 2;
      stage.endSidecar();
      await turn();
      stage.endApp({ code: 3, signal: null });
    },
    events: [
      'sidecar',
      'app',
      'sidecar again',
      'pause of 250',
      'sidecar again',
      'pause of 500',
      'sidecar again',
      'sidecar stops',
    ],
    end: 3,
  },
  {
    what: 'an application whose sidecar does not come back is asked to stop, and the run fails',
    act: async (stage) => {
      stage.failures = 99;
      stage.endSidecar();
      for (let turns = 0; turns < 3; turns++) await turn();
      stage.endApp({ code: 0, signal: null });
    },
    events: [
      'sidecar',
      'app',
      ...[250, 500, 1000, 2000, 4000].flatMap((ms) => ['sidecar again', `pause of ${ms}`]),
      'app gets SIGTERM',
      'sidecar stops',
    ],
    end: /does not come back: no identity/,
  },
];

describe('a run', () => {
  for (const { what, act, events, end } of scenes) {
    test(what, async () => {
      const stage = new Stage();
      const ended = stage.supervisor.run();
      ended.catch(() => undefined);
      await turn();
      await act(stage);
      if (typeof end === 'number') assert.equal(await ended, end);
      else await assert.rejects(ended, end);
      assert.deepEqual(stage.events, events);
    });
  }

  test('a sidecar that is being started again when the application ends does not hold up the end', async () => {
    const stage = new Stage();
    const ended = stage.supervisor.run();
    await turn();
    stage.slow = true;
    stage.endSidecar();
    await turn();
    stage.endApp({ code: 4, signal: null });
    assert.equal(await ended, 4);
    assert.deepEqual(stage.events.slice(0, 4), ['sidecar', 'app', 'sidecar again', 'sidecar stops']);
  });

  test('without a sidecar there is no application', async () => {
    const stage = new Stage();
    stage.failures = 1;
    await assert.rejects(stage.supervisor.run(), /no identity/);
    assert.deepEqual(stage.events, ['sidecar']);
  });

  test('a signal while the sidecar starts ends the run with its number', async () => {
    const stage = new Stage();
    stage.slow = true;
    const ended = stage.supervisor.run();
    stage.supervisor.signal('SIGTERM');
    assert.equal(await ended, 143);
    assert.deepEqual(stage.events, ['sidecar']);
  });

  test('exit codes are those of shells', () => {
    assert.equal(exitCodeOf({ code: 0, signal: null }), 0);
    assert.equal(exitCodeOf({ code: null, signal: 'SIGHUP' }), 129);
    assert.equal(exitCodeOf({ code: null, signal: 'SIGTERM' }), 143);
  });
});
