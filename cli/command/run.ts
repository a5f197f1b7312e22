import { randomBytes } from 'node:crypto';
import { systemClock as clock } from '../../src/runtime/system.ts';
import { appEnvironment } from '../run/app-environment.ts';
import { startApp } from '../run/app-process.ts';
import { type JoinFlags, type JoinPlace, joinSource } from '../run/join-source.ts';
import { sidecarCommand } from '../run/sidecar-command.ts';
import { sidecarEnvironment } from '../run/sidecar-environment.ts';
import type { SidecarPorts } from '../run/sidecar-ports.ts';
import { startSidecar } from '../run/sidecar-process.ts';
import { Supervisor } from '../run/supervisor.ts';
import type { RuntimeName } from '../runtime-paths.ts';
import { freePort } from '../up/free-port.ts';

export interface RunFlags extends JoinFlags {
  readonly runtime: RuntimeName;
  readonly appPort?: number;
  /** `off`, `tcp` or a path. */
  readonly appReady: string;
  readonly address?: string;
  readonly standardPorts: boolean;
  readonly inboundPort?: number;
  readonly reusePort: boolean;
  /** 0 = any free one; undefined = not opened. */
  readonly statusPort?: number;
  readonly healthPort?: number;
  readonly metricsPort?: number;
  readonly edgePort?: number;
  readonly accessLog?: string;
  /** Seconds. */
  readonly wait: number;
  /** `deno --allow-net=`; undefined = any. */
  readonly allowNet?: string;
}

/** Signals that mean something to an application; the first two ask for an end. */
const FORWARDED: readonly NodeJS.Signals[] = [
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
];

/** `weft run -- node app.js`: the application with a sidecar of its own; ends with the application's exit code. */
export async function run(command: readonly string[], flags: RunFlags): Promise<void> {
  const place = await joinSource(flags);
  try {
    process.exitCode = await supervise(command, flags, place);
  } finally {
    place.dispose();
  }
}

async function supervise(command: readonly string[], flags: RunFlags, place: JoinPlace): Promise<number> {
  const appPort = flags.appPort || Number(process.env.PORT) || (await freePort());
  const credential = randomBytes(24).toString('base64url');
  const env = sidecarEnvironment(process.env, credential);
  const places = { ...place, net: flags.allowNet, ...identityPlaces() };
  const start = (earlier: SidecarPorts | undefined): [string, ...string[]] => [
    ...sidecarCommand(flags.runtime, places),
    ...sidecarArguments(flags, place, appPort, earlier),
  ];
  const supervisor = new Supervisor({
    startSidecar: (earlier, stopped) =>
      startSidecar({ command: start(earlier), env, waitMs: flags.wait * 1000 }, stopped),
    startApp: (ports) => startApp(command, appEnvironment(process.env, { appPort, credential, ports })),
    sleep: (ms) => clock.sleep(ms),
    tell: (line) => void process.stderr.write(`weft: ${line}\n`),
  });
  for (const signal of FORWARDED) process.on(signal, () => supervisor.signal(signal));
  return supervisor.run();
}

/** What the sidecar's own variables name on disk. */
function identityPlaces() {
  const {
    WEFT_TOKEN_FILE: tokenFile,
    OUTPUT_CERTS: outputCerts,
    WEFT_INTERCEPTION: interception,
  } = process.env;
  const named = { tokenFile: tokenFile || undefined, outputCerts: outputCerts || undefined };
  return { ...named, interception: interception === 'redirect' };
}

function sidecarArguments(
  flags: RunFlags,
  { join, state }: JoinPlace,
  appPort: number,
  earlier: SidecarPorts | undefined,
): string[] {
  const named = {
    join,
    state,
    'app-port': appPort,
    'app-ready': flags.appReady,
    address: flags.address,
    'access-log': flags.accessLog,
    'inbound-port': earlier?.inbound ?? flags.inboundPort,
    'outbound-port': earlier?.outbound,
    'admin-port': earlier?.admin,
    'status-port': earlier?.status ?? flags.statusPort,
    'health-port': earlier?.health ?? flags.healthPort,
    'metrics-port': earlier?.metrics ?? flags.metricsPort,
    'edge-port': earlier?.edge ?? flags.edgePort,
    'spiffe-port': earlier?.spiffe,
  };
  const set = Object.entries(named).filter(([, value]) => value !== undefined);
  const given = set.flatMap(([name, value]) => [`--${name}`, String(value)]);
  const switches = [flags.standardPorts && '--standard-ports', flags.reusePort && '--reuse-port'];
  return [...given, ...switches.filter((one) => one !== false)];
}
