import type { Child } from '../child.ts';
import { type Contender, contenders, isPresent, nativeNotes, REFERENCE } from '../contender.ts';
import { canReadCpuTime } from '../cpu-time.ts';
import { type Benchmark, compare, type Effort, isWanted, type Side } from '../harness.ts';
import { machineNotes, measuredLoad, succeed } from '../measured-load.ts';
import { peerPackages } from '../peer-packages.ts';
import { CONNECTIONS, HOPS, type Hop, loadTarget } from '../proxy-hop.ts';
import { type Stage, startOrigin, startScript, withStage } from '../stage.ts';
import type { Started } from '../started.ts';

/** A contender that runs; `far` sends to `near` by mutual TLS, `whole` has everything on. */
interface Entered {
  readonly contender: Contender;
  readonly near: Started;
  readonly far: Started | undefined;
  readonly whole: Started | undefined;
}

/** What the sides share. `busy` is by row: the part of its core that a proxy used, at most. */
interface Rig {
  readonly stage: Stage;
  readonly load: Child;
  readonly busy: Map<string, number>;
}

/** Below this share of a core the load sets the pace of a row, not the proxy. */
const IDLE_SHARE = 0.5;

/** What a whole proxy process costs per request. */
export const proxy: Benchmark = {
  name: 'proxy',
  about: 'CPU of a proxy process per request, ours and others; ratios to HAProxy, one thread',
  rows: HOPS.flatMap((hop) => contenders.filter((one) => enters(one, hop)).map((one) => rowName(hop, one))),
  run: (effort) => withStage((stage) => measure(effort, stage)),
};

async function measure(effort: Effort, stage: Stage): Promise<readonly string[]> {
  if (!canReadCpuTime()) throw new Error('the CPU time of processes is read from /proc: Linux only');
  const { quick, progress } = effort;
  progress('starting the processes');
  const origin = await startOrigin(stage, 'bun', './process/origin.ts');
  const load = startScript(stage, 'around', 'bun', './process/load.ts');
  const rig = { stage, load, busy: new Map<string, number>() };
  const entered: Entered[] = [];
  for (const contender of contenders.filter((one) => isAsked(one, effort))) {
    entered.push(await enter(contender, stage, origin, effort));
  }
  for (const hop of HOPS) {
    const wanted = entered.filter(({ contender }) => isWanted(rowName(hop, contender), effort));
    if (wanted.length === 0) continue;
    const reference = entered.filter((one) => one.contender.name === REFERENCE && !wanted.includes(one));
    const all = [...wanted, ...reference].filter(({ contender }) => enters(contender, hop));
    const sides = withPeer(
      all.map((one) => side(one, hop, rig, quick)),
      hop,
    );
    const { metric, warmups } = hop;
    await compare({ metric, unit: 'µs', sides, warmups, rounds: quick ? 5 : 9 }, effort);
  }
  return notes(rig, quick);
}

function rowName({ name }: Hop, contender: Contender): string {
  return `${name}/${contender.name}`;
}

/** Whether there is such a row: not every proxy can do everything. */
function enters(
  { name, startBefore, startWhole, plaintextOnly = false }: Contender,
  { entry, whole }: Hop,
): boolean {
  if (whole) return startWhole !== undefined || name === REFERENCE;
  if (entry === 'chain') return startBefore !== undefined;
  return entry === 'plain' || !plaintextOnly;
}

function isAsked(contender: Contender, effort: Effort): boolean {
  const rows = HOPS.filter((hop) => enters(contender, hop)).map((hop) => rowName(hop, contender));
  const asked = contender.name === REFERENCE || rows.some((name) => isWanted(name, effort));
  return asked && isPresent(contender);
}

async function enter(contender: Contender, stage: Stage, origin: number, effort: Effort): Promise<Entered> {
  const near = await contender.start(stage, origin, effort.progress);
  const chained = HOPS.some(
    (hop) => hop.entry === 'chain' && effort.only.some((start) => begins(hop, start)),
  );
  const far = chained ? await contender.startBefore?.(stage, origin, near) : undefined;
  const isWhole = HOPS.some((hop) => hop.whole === true && isWanted(rowName(hop, contender), effort));
  const whole = isWhole ? await contender.startWhole?.(stage, origin) : undefined;
  return { contender, near, far, whole };
}

/** Whether a row of the hop may begin so. */
function begins({ name }: Hop, start: string): boolean {
  return start.startsWith(`${name}/`) || `${name}/`.startsWith(start);
}

/** Connections are opened outside the measured time, unless they are what is measured. */
function side(entered: Entered, hop: Hop, { stage, load, busy }: Rig, quick: boolean): Side {
  const { contender } = entered;
  const name = rowName(hop, contender);
  const proxies = way(entered, hop);
  const pids = proxies.map(({ pid }) => pid);
  const enters = proxies[0]?.ports[hop.entry === 'mtls' ? 'mtls' : 'plain'];
  const target = loadTarget(enters ?? 0, hop, stage.identity);
  const count = Math.ceil((quick ? hop.count / 2 : hop.count) / (contender.kind === 'script' ? 3 : 1));
  const sample = async () => {
    if (!hop.handshakes) await succeed(load, { kind: 'open', target, connections: CONNECTIONS }, name);
    const question = hop.handshakes ? { kind: 'handshakes', target, count } : { kind: 'run', count };
    const measured = await measuredLoad(load, question, pids, name);
    await load.ask({ kind: 'close' });
    busy.set(name, Math.max(measured.busy, busy.get(name) ?? 0));
    return measured.cpu / measured.answered;
  };
  return { name, sample };
}

/** The proxies that a request passes, in order. */
function way({ near, far, whole }: Entered, hop: Hop): Started[] {
  if (hop.entry === 'chain') return far === undefined ? [] : [far, near];
  return [hop.whole === true && whole !== undefined ? whole : near];
}

function withPeer(sides: readonly Side[], hop: Hop): Side[] {
  const peer = `${hop.name}/${REFERENCE}`;
  const hasPeer = sides.some(({ name }) => name === peer);
  return sides.map((one) => (hasPeer && one.name !== peer ? { ...one, peer } : one));
}

function notes({ busy }: Rig, quick: boolean): string[] {
  const slack = [...busy].filter(([, share]) => share < IDLE_SHARE);
  return [
    `${CONNECTIONS} keep-alive connections`,
    ...nativeNotes(),
    `packages compared with: ${peerPackages.join(', ')}`,
    'native peers verify certificates but do not judge SPIFFE IDs; relay-* reads no byte and is a floor',
    ...slack.map(
      ([name, share]) =>
        `${name} used ${percent(share)} of its core: the load, or what else ran, set the pace`,
    ),
    ...machineNotes(quick),
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
