/** Who comes through the gate to the package, and who does not. */
import { asActor, type Context } from '../src/app/context.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { requestCode } from '../src/app/download-codes.ts';
import { endRange, grantDownload, openDownload, startRange } from '../src/app/downloads.ts';
import { revokeLink } from '../src/app/links.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type Cast, done } from './action.ts';
import { seededRandom } from './random.ts';

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
