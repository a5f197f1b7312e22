import { type Command, InvalidArgumentError, Option } from 'commander';

const PASSPHRASE =
  'file whose first line is the passphrase that wraps the keys (or WEFT_CA_PASSPHRASE, WEFT_CA_KEK)';

/** `weft ca …`, each command loaded when it is called. */
export function addCaCommands(program: Command, withState: (command: Command) => Command): void {
  const ca = program
    .command('ca')
    .description('make, look at and rotate the certificate authority of the mesh');
  addInit(ca, withState);
  withState(ca.command('list'))
    .description('list the certificates that were issued, newest first')
    .option('--id <text>', 'only of SPIFFE IDs that contain it')
    .option('--who <attestor>', 'only those attested so: join, renew, token/NAME, re-attest')
    .option('--valid', 'only those that have not expired')
    .option('--limit <number>', 'at most so many', whole(1, 10_000), 100)
    .option('--verify', 'follow the hashes of the log first')
    .addOption(output('table', 'json', 'yaml'))
    .action(async (flags) => (await import('./ca/list.ts')).list(flags));
  withState(ca.command('show'))
    .description('tell what the authority is, or what was issued')
    .argument('[what]', 'root, intermediate, a serial number or a SPIFFE ID')
    .addOption(output('text', 'json', 'yaml'))
    .action(async (what, flags) => (await import('./ca/show.ts')).show(what, flags));
  addRotate(ca, withState);
  withState(ca.command('revoke'))
    .description('let nobody believe a certificate, or any certificate of an identity')
    .argument('<subject>', 'a serial number in hexadecimal, or a SPIFFE ID')
    .option('--reason <text>', 'why; it is written down')
    .option('--undo', 'believe it again')
    .action(async (subject, flags) => (await import('./ca/revoke.ts')).revoke(subject, flags));
  withState(ca.command('bundle'))
    .description('print the roots that the mesh believes, PEM')
    .option('--out <file>', 'write them there')
    .action(async (flags) => (await import('./ca/bundle.ts')).bundle(flags));
}

function addInit(ca: Command, withState: (command: Command) => Command): void {
  withState(ca.command('init'))
    .description('make an authority: a root to be taken offline, and an intermediate for control')
    .requiredOption('--root-out <file>', 'where the root and its wrapped key are written')
    .option('--passphrase-file <file>', PASSPHRASE)
    .option('--root-days <number>', 'life of the root', whole(1, 36_500), 3650)
    .option('--intermediate-days <number>', 'life of the intermediate', whole(1, 3650), 365)
    .action(async (flags) => (await import('./ca/init.ts')).init(flags));
}

function addRotate(ca: Command, withState: (command: Command) => Command): void {
  withState(ca.command('rotate'))
    .description('replace the root while traffic flows: prepare, distribute, activate, retire')
    .addOption(
      new Option('--phase <name>', 'only this step').choices(['prepare', 'distribute', 'activate', 'retire']),
    )
    .option('--status', 'tell how far it is, and who is waited for')
    .option('--abort', 'give it up, as long as the old root issues')
    .option('--intermediate', 'keep the root and replace the intermediate')
    .option(
      '--root-key <file>',
      'the root that weft ca init or an earlier rotation wrote, for --intermediate',
    )
    .option('--root-out <file>', 'where the new root and its wrapped key are written')
    .option('--root-days <number>', 'life of the new root', whole(1, 36_500), 3650)
    .option('--passphrase-file <file>', PASSPHRASE)
    .option('--force', 'go on although proxies are not ready: they lose their peers')
    .option('--wait <seconds>', 'how long each step may wait for proxies', whole(0, 86_400), 300)
    .addOption(output('text', 'json'))
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 82 proxies are not ready, 69 control does not answer.\nExamples:\n  weft ca rotate\n  weft ca rotate --status\n  weft ca rotate --phase prepare --root-out /media/usb/root.json',
    )
    .action(async (flags) => (await import('./ca/rotate.ts')).rotate(flags));
}

const output = (...forms: [string, ...string[]]): Option =>
  new Option('-o, --output <form>').choices(forms).default(forms[0]);

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`it must be a whole number from ${least} to ${most}`);
  };
}
