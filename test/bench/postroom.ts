/**
 * Incoming mails of mixed kind, kept, read, sorted, matched and acted upon, against the same bytes parsed alone by the mail
 * library. And how good the sorting is: on invented mails, and on real bounces where their collection lies beside the
 * checkout.
 */

import { sql } from 'kysely';
import { simpleParser } from 'mailparser';
import { type AnsweredLetter, bounceMail, delayMail, personMail } from '../../sample/mails.ts';
import { seededRandom } from '../../sample/random.ts';
import { folderFiles } from '../../src/adapters/files.ts';
import { builtInMailbox } from '../../src/adapters/mail.ts';
import { parserOptions } from '../../src/adapters/mail-facts.ts';
import { type Context, transact } from '../../src/app/context.ts';
import { planDeliveries } from '../../src/app/deliveries.ts';
import { returnPath } from '../../src/app/delivery-address.ts';
import { sendDueDeliveries } from '../../src/app/delivery-send.ts';
import { readMessages } from '../../src/app/message-read.ts';
import { keepMessages } from '../../src/app/messages.ts';
import { failureClasses } from '../../src/domain/mail.ts';
import { isRefusal } from '../../src/domain/refusal.ts';
import { openHouse } from '../helpers/house.ts';
import { measureBounces } from '../helpers/real-bounces.ts';
import { addSampleAction } from '../portal-sample.ts';
import { type Bench, type BenchContext, type BenchResult, judgeRatio } from './bench.ts';
import { seedParties } from './delivery.ts';

const MAILS = 10_000;
const LIMIT = 0.5;
const BATCH = 500;

const texts: readonly string[] = [
  'The patch was installed on UNIT in both modes on 5 May 2022. Kind regards',
  'Der Patch wurde auf UNIT am 05.05.2022 im Dx-Modus installiert. Mit freundlichen Grüßen',
  'Abbiamo installato la patch su UNIT il 5 maggio 2022. Cordiali saluti',
  'Where can we get the patch? Our instrument UNIT has no internet connection.',
  'I am not responsible for this instrument. Please contact Kim Beispiel, kim@lab.example.',
  'We confirm receipt of the notice. It was read and understood.',
];

interface Sent extends AnsweredLetter {
  serial: string;
  contact: string;
}

/** What comes back to a release, as it is mixed in life: four answers in ten by people, with the whole letter below. */
function mixMails(letters: readonly Sent[], count: number): Buffer[] {
  const random = seededRandom(13);
  return Array.from({ length: count }, (_, n) => {
    const letter = letters[n % letters.length];
    if (!letter) throw new Error('No letters were sent');
    const at = new Date(Date.parse('2022-05-05T06:00:00Z') + n * 1_000);
    const from = { name: letter.contact, address: letter.to };
    const luck = random.next();
    if (luck < 0.2) {
      return bounceMail(letter, { failure: random.pick(failureClasses), words: n, plain: random.chance(0.2), at });
    }
    if (luck < 0.25) return delayMail(letter, at);
    if (luck < 0.5) {
      const text = 'I am out of the office until Monday and will answer then.';
      return personMail(letter, { from, at, text, subject: `Automatic reply: ${letter.subject}`, automatic: true });
    }
    const text = random.pick(texts).replace('UNIT', letter.serial);
    return personMail(letter, { from, at, text, quote: luck < 0.9, html: random.chance(0.7) });
  });
}

async function sentLetters(ctx: Context): Promise<Sent[]> {
  const { rows } = await sql<{
    id: number;
    message_id: string;
    address: string;
    subject: string;
    raw: Buffer;
    serial: string;
    name: string;
  }>`
    select d.id, d.message_id, d.address, m.subject, m.raw, c.name,
           (select u.serial from unit u where u.party_id = d.party_id order by u.id limit 1) as serial
      from delivery d join mailbox_message m on m.delivery_id = d.id join contact c on c.id = d.contact_id
     order by d.id`.execute(ctx.db);
  const text = rows[0] ? (await ctx.mailer.read(rows[0].raw)).text : '';
  return rows.map((row) => ({
    messageId: row.message_id,
    to: row.address,
    returnPath: returnPath(ctx.settings, row.id),
    from: 'notices@muster.example',
    subject: row.subject,
    date: new Date('2022-05-04T08:00:00Z'),
    text,
    serial: row.serial,
    contact: row.name,
  }));
}

async function run(context: BenchContext): Promise<BenchResult[]> {
  const count = Math.max(BATCH, Math.round(MAILS * context.scale));
  const { handle, folder } = await context.open();
  const house = await openHouse({ handle });
  const results: BenchResult[] = [];
  try {
    house.setNow('2022-05-05T09:00:00Z');
    const ctx: Context = { ...house.ctx, mailer: builtInMailbox(), files: folderFiles(`${folder}/files`) };
    const action = await addSampleAction(ctx);
    await sql`update action set delivery_state = 'running' where id = ${action.actionId}`.execute(ctx.db);
    await seedParties(ctx, action, Math.max(200, Math.round(2_000 * context.scale)));
    await transact(ctx, (tx) => planDeliveries(tx, ctx, action.actionId, action.noticeId ?? 0));
    while ((await sendDueDeliveries(ctx, { limit: 2_000 })).more);
    await handle.run('vacuum analyze');
    const mails = mixMails(await sentLetters(ctx), count);
    const bytes = mails.reduce((sum, mail) => sum + mail.length, 0);
    // The thread is started and both ways are warm before anything is measured.
    for (const mail of mails.slice(0, 100)) await simpleParser(mail, parserOptions);
    await Promise.all(mails.slice(0, 100).map((mail) => ctx.mailReader.read(mail)));
    const parse = async (options: typeof parserOptions | undefined): Promise<number> => {
      const started = performance.now();
      for (const mail of mails) await simpleParser(mail, options);
      return performance.now() - started;
    };
    // The library as it is called by itself. Spared the HTML that nobody asks for, as our reader calls it, it is quicker:
    // printed beside it.
    const alone = await parse(undefined);
    const spared = await parse(parserOptions);
    const begun = performance.now();
    // As it comes: what was kept is read while the next messages are kept.
    let keeping = true;
    let read = 0;
    const reading = (async () => {
      for (let last = false; !last; ) {
        last = !keeping;
        const report = await readMessages(ctx);
        if (isRefusal(report)) throw new Error(report.code);
        read += report.read;
        if (report.read === 0 && !last) await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    for (let from = 0; from < mails.length; from += BATCH) {
      const kept = await keepMessages(
        ctx,
        mails.slice(from, from + BATCH).map((raw) => ({ raw, door: 'imap' as const, mailbox: 'bench' })),
      );
      if (isRefusal(kept)) throw new Error(kept.code);
    }
    const keptIn = performance.now() - begun;
    keeping = false;
    await reading;
    const own = performance.now() - begun;
    if (read !== count) throw new Error(`read ${read} of ${count}`);
    const rate = (ms: number): string => `${Math.round((count / ms) * 1_000)}/s`;
    results.push(
      judgeRatio(
        `${count.toLocaleString('en')} mails of mixed kind`,
        alone / own,
        { kind: 'at-least', value: LIMIT },
        `${rate(own)} kept, read and acted upon (kept in ${Math.round(keptIn)} ms), library alone ${rate(alone)}, without HTML ${rate(spared)}, ${Math.round(bytes / count / 1_000)} kB each`,
      ),
    );
  } finally {
    await house.ctx.mailReader.close();
  }
  if (context.kind === 'pglite') results.push(...(await measureBounces(context.say)));
  return results;
}

export const bench: Bench = { name: 'postroom', run };
