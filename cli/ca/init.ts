import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { sealAuthority } from '../../src/identity/authority/authority-file.ts';
import { newIntermediate, newRoot } from '../../src/identity/authority/new-material.ts';
import { sealRoot } from '../../src/identity/authority/root-file.ts';
import { encodePem } from '../../src/identity/pem.ts';
import { createCsr } from '../../src/identity/x509/csr.ts';
import { exportPrivateKey, generateKey } from '../../src/identity/x509/p256.ts';
import { StateDirectory } from '../../src/runtime/store/state-directory.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { neededProtection, type ProtectionFlags } from './passphrase.ts';
import { writeSecretFile } from './secret-file.ts';

export interface InitFlags extends ProtectionFlags {
  readonly state: string;
  readonly rootOut: string;
  readonly rootDays: number;
  readonly intermediateDays: number;
}

const DAY = 24 * 60 * 60 * 1000;
const ports = { clock, random };

/** `weft ca init`: an authority whose root key is in a file of its own, to be taken offline. */
export async function init(flags: InitFlags): Promise<void> {
  const file = join(flags.state, 'authority.json');
  if (existsSync(file))
    throw new CommandError(
      `${file} is there already: a mesh has one authority; weft ca rotate replaces its root`,
      exitCode.badInput,
    );
  if (existsSync(flags.rootOut))
    throw new CommandError(`${flags.rootOut} is there already, and is not overwritten`, exitCode.badInput);
  const { kek } = await neededProtection(flags, true);
  const { trustDomain } = defaultMeshSettings;
  const root = await newRoot(trustDomain, ports, flags.rootDays * DAY);
  const keys = await generateKey();
  const life = flags.intermediateDays * DAY;
  const intermediatePem = await newIntermediate(await createCsr(keys), root, trustDomain, ports, life);
  const intermediateKeyPem = encodePem('PRIVATE KEY', await exportPrivateKey(keys.privateKey));
  const material = { version: 1, trustDomain, rootsPem: root.rootPem } as const;
  const sealed = await sealAuthority({ ...material, intermediatePem, intermediateKeyPem }, kek, random);
  writeSecretFile(flags.rootOut, `${JSON.stringify(await sealRoot(root, trustDomain, kek, random))}\n`);
  new StateDirectory(flags.state).write('authority.json', JSON.stringify(sealed));
  process.stdout.write(`${told(flags, file, trustDomain)}\n`);
}

function told({ rootOut, state }: InitFlags, file: string, trustDomain: string): string {
  return [
    `the authority of ${trustDomain} is made`,
    `  ${file}: the intermediate, its key wrapped; control opens it by the same passphrase or secret`,
    `  ${rootOut}: the root and its wrapped key; move it offline, weft ca rotate --intermediate needs it again`,
    `next: weft up --state ${state}, with WEFT_CA_PASSPHRASE_FILE, WEFT_CA_PASSPHRASE or WEFT_CA_KEK set`,
  ].join('\n');
}
