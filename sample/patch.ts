import { createHash } from 'node:crypto';
import { samplePassword } from '../src/app/accounts.ts';
import { asActor, type Context } from '../src/app/context.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { requestCode } from '../src/app/download-codes.ts';
import { endRange, grantDownload, openDownload, startRange } from '../src/app/downloads.ts';
import { revokeLink } from '../src/app/links.ts';
import { appendUpload, beginUpload } from '../src/app/package-uploads.ts';
import { addPackage, changePackage, signPackage } from '../src/app/packages.ts';
import { loadPackage } from '../src/app/queries/packages.ts';
import { publishTrust } from '../src/app/trust.ts';
import type { PackageManifest } from '../src/domain/package-manifest.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type Cast, done } from './action.ts';
import { seededRandom } from './random.ts';

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
  install: { windows: ['msiexec', '/i', '{file}', '/qn'], linux: ['sh', '{file}'] },
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

/** Somebody with a link, as far as downloading is concerned. */
export interface Downloader {
  partyId: number;
  contactId: number | null;
  linkId: number | null;
  contact: string;
  email: string;
  /** Answers nothing in these weeks: a link that is closed on them changes no answer. */
  silent: boolean;
}

/** How many of those who act on a day download that day; the others were given the file by a colleague, or wait. */
const SHARE = 0.2;

/**
 * Those of today who go through the gate: they have a code sent, read it in their mailbox, and download, some with an
 * interruption. Some mistype the code, some are nobody's owner, and one link that was passed on is closed. A random stream
 * of its own: what everybody else does stays as it is.
 */
export async function playDownloads(
  cast: Cast,
  actionId: number,
  day: number,
  people: readonly Downloader[],
): Promise<void> {
  const random = seededRandom(15).fork(`day ${day}`);
  const { system } = cast;
  const row = await system.db
    .selectFrom('package as k')
    .innerJoin('remedy as r', 'r.id', 'k.remedy_id')
    .select('k.id')
    .where('r.action_id', '=', actionId)
    .where('k.state', '=', 'released')
    .executeTakeFirst();
  if (!row) return;
  const packageId = row.id;
  const chosen = people.filter(
    (one) => one.contactId !== null && one.linkId !== null && one.email.includes('@') && random.chance(SHARE),
  );
  const connected = await findConnected(
    system,
    chosen.map((one) => one.partyId),
  );
  const waiting: Downloader[] = [];
  for (const person of chosen) {
    const sent = await requestCode(asContact(system, person), { packageId });
    // Laboratories without a network, and distributors, learn here that this is not their way.
    if (!isRefusal(sent) && connected.has(person.partyId)) waiting.push(person);
  }
  if (day === 12) await closeOne(cast, packageId, people);
  if (waiting.length === 0) return;
  await sendDueDeliveries(system);
  for (const person of waiting) await passGate(system, person, packageId, random);
}

/** A link that was seen at strangers' is closed; who tries it is refused. */
async function closeOne(cast: Cast, packageId: number, people: readonly Downloader[]): Promise<void> {
  const person = people.find((one) => one.silent && one.linkId !== null && one.contactId !== null);
  if (!person) return;
  done(
    await revokeLink(cast.support, person.linkId ?? 0, { reason: 'The letter was put on a public notice board.' }),
    'close a link',
  );
  await requestCode(asContact(cast.system, person), { packageId });
}

function asContact(ctx: Context, person: Downloader): Context {
  return asActor(ctx, {
    kind: 'contact',
    linkId: person.linkId ?? 0,
    contactId: person.contactId ?? 0,
    partyId: person.partyId,
    name: person.contact,
  });
}

/** Parties whose units are known to be connected: the others cannot download to an instrument. */
async function findConnected(ctx: Context, partyIds: readonly number[]): Promise<Set<number>> {
  if (partyIds.length === 0) return new Set();
  const rows = await ctx.db
    .selectFrom('unit')
    .select('party_id')
    .distinct()
    .where('party_id', 'in', [...partyIds])
    .where('connected', '=', true)
    .execute();
  return new Set(rows.map((row) => row.party_id));
}

/** Reads the newest code in the mailbox, mistypes it now and then, and takes the file. */
async function passGate(
  ctx: Context,
  person: Downloader,
  packageId: number,
  random: ReturnType<typeof seededRandom>,
): Promise<void> {
  const own = asContact(ctx, person);
  const message = await ctx.db
    .selectFrom('mailbox_message as m')
    .innerJoin('delivery as d', 'd.id', 'm.delivery_id')
    .select('m.raw')
    .where('d.contact_id', '=', person.contactId)
    .where('d.kind', '=', 'download-code')
    .orderBy('m.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const code = /\b\d{4} \d{4}\b/.exec((message && (await ctx.mailer.read(message.raw)).text) ?? '')?.[0];
  if (!code) return;
  if (random.chance(0.08)) await grantDownload(own, { packageId, code: code.split('').reverse().join('') });
  const granted = await grantDownload(own, { packageId, code });
  if (isRefusal(granted)) return;
  const download = await openDownload(own, granted.token);
  if (isRefusal(download)) return;
  const { size } = download.access;
  // A few are cut off: most of those go on, and one in three leaves it at that.
  const cut = random.chance(0.12) ? Math.floor(size * random.next()) : size;
  const goesOn = random.chance(0.67);
  await take(own, download, 0, size, cut);
  if (cut < size && goesOn) await take(own, download, cut, size, size);
}

async function take(
  ctx: Context,
  download: Exclude<Awaited<ReturnType<typeof openDownload>>, { refusal: true }>,
  first: number,
  past: number,
  until: number,
): Promise<void> {
  const started = await startRange(ctx, download, { first, past, address: '192.0.2.10', handedOver: false });
  if (isRefusal(started)) return;
  let sent = 0;
  for await (const chunk of ctx.packages.read(download.access.storageKey, first, until)) sent += chunk.byteLength;
  await endRange(ctx, download, started.rangeId, { sent, outcome: until < past ? 'broken' : 'done' });
}
