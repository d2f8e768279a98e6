import { createHash } from 'node:crypto';
import { samplePassword } from '../src/app/accounts.ts';
import { appendUpload, beginUpload } from '../src/app/package-uploads.ts';
import { addPackage, changePackage, signPackage } from '../src/app/packages.ts';
import { loadPackage } from '../src/app/queries/packages.ts';
import { publishTrust } from '../src/app/trust.ts';
import type { PackageManifest } from '../src/domain/package-manifest.ts';
import { type Cast, done } from './action.ts';

/** The stand-in for the patch is small, so that the demo is: some megabytes, the same on every machine. */
const PATCH_BYTES = 3 * 2 ** 20 + 4_321;
export const PATCH_FILE = 'LocalRunManagerSecurityPatch.msi';

/** Bytes of the stand-in: a line that says what it is, then noise made from a counter. */
export function patchBytes(): Buffer {
  const head = Buffer.from('A stand-in for the patch of the example. It installs nothing.\r\n');
  const blocks: Buffer[] = [head];
  for (let size = head.length, block = 0; size < PATCH_BYTES; size += 64, block++)
    blocks.push(createHash('sha512').update(`fieldfix sample patch ${block}`).digest());
  return Buffer.concat(blocks).subarray(0, PATCH_BYTES);
}

const INSTRUCTIONS = {
  en: `1. **Back up** your data and close every run.
2. Start the instrument in the mode you correct, and sign in as administrator.
3. Start the file and follow it. The instrument restarts once.
4. Do the same in the other mode: **each mode is corrected by itself**.

!> From now on the web interface answers on the instrument only.`,
  de: `1. **Sichern** Sie Ihre Daten und beenden Sie jeden Lauf.
2. Starten Sie das Gerät in dem Modus, den Sie korrigieren, und melden Sie sich als Administrator an.
3. Starten Sie die Datei und folgen Sie ihr. Das Gerät startet einmal neu.
4. Tun Sie dasselbe im anderen Modus: **Jeder Modus wird für sich korrigiert**.

!> Die Weboberfläche antwortet von nun an nur noch am Gerät selbst.`,
  it: `1. **Salvate** i vostri dati e chiudete ogni analisi.
2. Avviate lo strumento nella modalità da correggere ed entrate come amministratore.
3. Avviate il file e seguitelo. Lo strumento si riavvia una volta.
4. Fate lo stesso nell’altra modalità: **ogni modalità si corregge da sola**.

!> Da ora l’interfaccia web risponde solo sullo strumento.`,
};

const LINES = {
  de: {
    prerequisites: ['Sichern Sie Ihre Daten.'],
    sideEffects: [
      'Der Fernzugriff auf die Weboberfläche entfällt.',
      'Das Benutzerhandbuch des Local Run Manager gilt nicht mehr.',
    ],
  },
  it: {
    prerequisites: ['Salvate i vostri dati.'],
    sideEffects: [
      'L’accesso remoto all’interfaccia web non è più possibile.',
      'La guida utente di Local Run Manager non è più valida.',
    ],
  },
};

const MANIFEST: PackageManifest = {
  install: { windows: ['msiexec', '/i', '{file}', '/qn'] },
  environment: { path: '%INSTRUMENT_DISK%/mode.txt', values: { 'BootMode=Dx': 'Dx', 'BootMode=RUO': 'RUO' } },
  serial: { path: '%INSTRUMENT_DISK%/mode.txt', after: 'SerialNumber=' },
  checks: [
    {
      id: 'patch-marker',
      kind: 'registry',
      label: { en: 'The patch is entered as installed', de: 'Der Patch ist als installiert eingetragen' },
      environments: [],
      key: 'HKLM\\SOFTWARE\\Muster\\LocalRunManager',
      value: 'SecurityPatch',
      equals: '1.0',
    },
    {
      id: 'service-runs',
      kind: 'service',
      label: { en: 'The run manager works', de: 'Der Run Manager läuft' },
      environments: [],
      service: 'LocalRunManager',
      state: 'running',
    },
    {
      id: 'closed-outside',
      kind: 'port',
      label: {
        en: 'The web interface answers this machine only',
        de: 'Die Weboberfläche antwortet nur diesem Rechner',
      },
      environments: [],
      port: 8080,
      remote: 'closed',
      local: 'open',
    },
    {
      id: 'answers-inside',
      kind: 'http',
      label: { en: 'The web interface answers', de: 'Die Weboberfläche antwortet' },
      environments: [],
      url: 'http://127.0.0.1:8080/',
      status: 200,
    },
  ],
};

/** Names the patch, uploads it in two pieces, describes it, has two people sign it, and publishes its metadata. */
export async function bringPatch(cast: Cast, remedyId: number): Promise<number> {
  const { quality, regulatory, system } = cast;
  const bytes = patchBytes();
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const { id } = done(
    await addPackage(quality, remedyId, { version: '1.0', fileName: PATCH_FILE, sha256, sha512: '' }),
    'name the package',
  );
  const upload = done(
    await beginUpload(quality, id, { fileName: PATCH_FILE, length: bytes.length, sha256 }),
    'begin the upload',
  );
  const half = 2 ** 20;
  done(await appendUpload(quality, upload.id, 0, pieces(bytes.subarray(0, half))), 'upload the first piece');
  done(await appendUpload(quality, upload.id, half, pieces(bytes.subarray(half))), 'upload the rest');
  done(
    await changePackage(quality, id, { translations: LINES, instructions: INSTRUCTIONS, manifest: MANIFEST }),
    'describe the package',
  );
  const credential = { password: samplePassword };
  for (const [ctx, as] of [
    [quality, 'quality'],
    [regulatory, 'regulatory'],
  ] as const) {
    const contentHash = (await loadPackage(ctx.db, id))?.contentHash ?? '';
    done(await signPackage(ctx, id, { as, contentHash, credential }), 'sign the package');
  }
  await publishTrust(system);
  return id;
}

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 2 ** 18) yield bytes.subarray(at, at + 2 ** 18);
}
