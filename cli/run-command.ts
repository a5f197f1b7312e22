import { type Command, InvalidArgumentError, Option } from 'commander';

/** `weft run`, loaded when it is called. */
export function addRunCommand(program: Command, withState: (command: Command) => Command): void {
  withState(program.command('run'))
    .description('run an application with a sidecar of its own, and end as it ends')
    .usage('[options] -- <command> [arguments...]')
    .argument('<command...>', 'the application, after --')
    .option('--join <file>', 'join bundle that says who the application is')
    .option('--workload <name>', 'take the bundle of this workload from the mesh on this machine (--state)')
    .option('-n, --namespace <name>', 'of the workload', 'default')
    .option('--proxy-state <dir>', 'keep the certificate and the last known good here, for the next run')
    .addOption(
      new Option('--runtime <name>', 'what runs the sidecar')
        .choices(['deno', 'bun', 'node'])
        .default('deno'),
    )
    .option(
      '--app-port <number>',
      'where the application listens (default: PORT, or a free one that PORT tells it)',
      port,
    )
    .option(
      '--app-ready <how>',
      'requests come when it takes connections (tcp), answers a /path with 2xx, or at once (off)',
      'tcp',
    )
    .option('--address <ip>', 'where peers reach the sidecar (default: 127.0.0.1)')
    .option('--standard-ports', "Istio's port numbers: 15006, 15001, 15000, 15020, 15021, 15090", false)
    .option('--inbound-port <number>', 'where peers reach the sidecar (default: a free one)', port)
    .option('--reuse-port', 'share the inbound port with a predecessor that is about to leave', false)
    .option(
      '--status-port <number>',
      'open it for readiness, /app-health/… and merged metrics (0: a free one)',
      port,
    )
    .option('--health-port <number>', 'open it for readiness alone', port)
    .option('--metrics-port <number>', 'open it for the metrics of the proxy', port)
    .option('--edge-port <number>', 'open it for the signed requests of gateway Workers', port)
    .addOption(
      new Option('--access-log <form>', 'a line on stdout for every request').choices([
        'off',
        'text',
        'json',
      ]),
    )
    .option('--allow-net <list>', 'what a sidecar under Deno may reach and listen on (default: anything)')
    .option('--wait <seconds>', 'how long the sidecar may take to get ready', seconds, 60)
    .addHelpText('after', EXPLANATION)
    .action(async (command, flags) => (await import('./command/run.ts')).run(command, flags));
}

const EXPLANATION = `
Order: sidecar → identity and configuration → application → endpoints. SIGTERM or SIGINT: out of the endpoints → requests end
→ the application gets the signal → it ends → the sidecar ends. The same again is fast, a third time kills. Other signals
go to the application.
The application gets PORT, HTTP_PROXY, HTTPS_PROXY, NO_PROXY, NODE_USE_ENV_PROXY, WEFT_IDENTITY, WEFT_INBOUND_PORT,
WEFT_OUTBOUND_PORT and WEFT_ADMIN_PORT. MINIMUM_DRAIN_DURATION, TERMINATION_DRAIN_DURATION_SECONDS and
EXIT_ON_ZERO_ACTIVE_CONNECTIONS say how long leaving takes, as for Istio's agent.
Exit codes: the application's, 128 + the signal that ended it, 127 there is no such command, 126 it cannot be run,
69 the sidecar does not get ready or does not come back.

Examples:
  weft run --workload reviews-v1 -- node app.js
  weft run --join reviews.json --runtime bun --app-port 9080 -- python3 -m http.server 9080`;

function port(text: string): number {
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value < 65536) return value;
  throw new InvalidArgumentError('a port is a whole number from 0 to 65535');
}

function seconds(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('it must be a number of seconds from 1 to 9999');
}
