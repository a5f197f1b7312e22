import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newIntermediate, newRoot, type RootPair } from '../../src/identity/authority/new-material.ts';
import { openRoot, parseRootFile, sealRoot } from '../../src/identity/authority/root-file.ts';
import { decodeBase64 } from '../../src/identity/bytes.ts';
import { developmentKek } from '../../src/runtime/store/key-protection.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import { ControlClient } from '../control-client.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { jsonText } from '../mesh-state.ts';
import { type AwaitedProxy, type CaStatus, caPath, type Phase } from './ca-state.ts';
import { askedProtection, type ProtectionFlags } from './passphrase.ts';
import { awaitedLines, rotationText } from './rotation-text.ts';
import { writeSecretFile } from './secret-file.ts';

export interface RotateFlags extends ProtectionFlags {
  readonly state: string;
  readonly output: string;
  readonly phase?: Phase;
  readonly status?: boolean;
  readonly abort?: boolean;
  readonly intermediate?: boolean;
  readonly rootKey?: string;
  readonly rootOut?: string;
  readonly rootDays: number;
  readonly force?: boolean;
  /** Seconds for each phase. */
  readonly wait: number;
}

const DAY = 24 * 60 * 60 * 1000;
const againMs = 1000;
const ports = { clock, random };
const order: readonly Phase[] = ['prepare', 'distribute', 'activate', 'retire'];

const progress = (text: string): void => void process.stderr.write(`weft: ${text}\n`);

/** `weft ca rotate`: another root takes the place of that in use, in phases; from where an earlier call ended. */
export async function rotate(flags: RotateFlags): Promise<void> {
  const control = ControlClient.fromState(flags.state);
  const status = await control.get<CaStatus>(caPath);
  if (flags.status) return tellStatus(status, flags.output);
  if (flags.abort) {
    await control.post(`${caPath}/rotation/abort`, {});
    process.stdout.write('the rotation is given up; the root in use stays\n');
    return;
  }
  if (flags.intermediate) return renewIntermediate(control, status, flags);
  for (const phase of phasesLeft(status, flags.phase)) {
    if (phase === 'prepare') await prepare(control, status, flags);
    else await advance(control, phase, flags);
  }
  if (flags.phase === undefined || flags.phase === 'retire') {
    const { rootInUse } = await control.get<CaStatus>(caPath);
    process.stdout.write(`the root ${rootInUse} is in use, and alone\n`);
  }
}

/** Those from the next one on; a single one where it was asked for. */
function phasesLeft({ rotation }: CaStatus, wanted: Phase | undefined): readonly Phase[] {
  if (wanted !== undefined) return [wanted];
  if (rotation === undefined || rotation.to === '') return order;
  return order.slice(order.indexOf(rotation.phase) + 1);
}

function tellStatus({ rotation }: CaStatus, output: string): void {
  if (output === 'json') process.stdout.write(`${jsonText({ rotation: rotation ?? null })}\n`);
  else process.stdout.write(`${rotation ? rotationText(rotation).join('\n') : 'no rotation is under way'}\n`);
}

/** The next root is made here, not by control: its key never comes near the mesh. */
async function prepare(control: ControlClient, status: CaStatus, flags: RotateFlags): Promise<void> {
  const { trustDomain } = status;
  // Of one that was left half prepared nothing is known here.
  if (status.rotation?.to === '') await control.post(`${caPath}/rotation/abort`, {});
  const root = await newRoot(trustDomain, ports, flags.rootDays * DAY);
  const out = await keepRoot(root, status, flags);
  await certify(control, root, trustDomain);
  progress(`prepare: a new root is made, its key is in ${out}: take that offline`);
}

async function keepRoot(root: RootPair, { trustDomain }: CaStatus, flags: RotateFlags): Promise<string> {
  const { kek } = await protection(flags, true);
  const stamp = new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, '');
  const out = flags.rootOut ?? join(flags.state, `authority-root-${stamp}.json`);
  writeSecretFile(out, `${JSON.stringify(await sealRoot(root, trustDomain, kek, random))}\n`);
  return out;
}

/** Control makes the key, and the root certifies it. */
async function certify(control: ControlClient, root: RootPair, trustDomain: string): Promise<boolean> {
  const { csr } = await control.post<{ csr: string }>(`${caPath}/rotation/begin`, {});
  const intermediate = await newIntermediate(csr, root, trustDomain, ports);
  const made = { root: root.rootPem, intermediate };
  return (await control.post<{ inUse: boolean }>(`${caPath}/rotation/certificates`, made)).inUse;
}

async function renewIntermediate(
  control: ControlClient,
  { trustDomain }: CaStatus,
  flags: RotateFlags,
): Promise<void> {
  const file = flags.rootKey ?? join(flags.state, 'authority-root.json');
  if (!existsSync(file))
    throw new CommandError(
      `the root is needed, and ${file} is not there: --root-key FILE`,
      exitCode.badInput,
    );
  const { kek } = await protection(flags, false);
  const root = await openRoot(parseRootFile(readFileSync(file, 'utf8')), kek);
  if (!(await certify(control, root, trustDomain))) {
    await control.post(`${caPath}/rotation/abort`, {});
    throw new CommandError(`the root of ${file} is not the one in use`, exitCode.badInput);
  }
  process.stdout.write('a new intermediate of the root in use issues from now on\n');
}

async function advance(control: ControlClient, phase: Phase, flags: RotateFlags): Promise<void> {
  const deadline = performance.now() + flags.wait * 1000;
  let told = '';
  for (;;) {
    const body = { phase, force: flags.force ?? false };
    const answer = await control.post<{ done: boolean; awaited: readonly AwaitedProxy[] }>(
      `${caPath}/rotation/phase`,
      body,
    );
    if (answer.done) return progress(`${phase}: done`);
    const lines = awaitedLines(answer.awaited).join('\n');
    if (performance.now() + againMs > deadline) throw notReady(phase, lines, flags.wait);
    if (lines !== told) progress(`${phase} waits for\n${lines}`);
    told = lines;
    await sleep(againMs);
  }
}

function notReady(phase: Phase, lines: string, seconds: number): CommandError {
  return new CommandError(
    `${phase} is refused, after ${seconds} s these are not ready:\n${lines}\nStart or stop them and say weft ca rotate again; with --force those that stay behind lose their peers`,
    exitCode.notConverged,
  );
}

/** A development mesh has a key of its own beside the authority. */
async function protection(flags: RotateFlags, twice: boolean) {
  const file = join(flags.state, developmentKek);
  const given = existsSync(file) ? undefined : await askedProtection(flags, twice);
  if (given !== undefined) return given;
  if (!existsSync(file))
    throw new CommandError(
      'the key that wraps the root is needed: --passphrase-file FILE, WEFT_CA_PASSPHRASE or WEFT_CA_KEK',
      exitCode.usage,
    );
  const secret = decodeBase64(readFileSync(file, 'utf8').trim());
  return { kek: { kind: 'secret', secret } as const };
}
