/** Forms that come back on paper: filled in on a screen, or with a pen and scanned. Some are typed, one still waits. */
import { sql } from 'kysely';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { acceptPaperReply, readAnswers } from '../src/app/paper-decide.ts';
import { ensurePaperForm, type KeptPaperForm, paperFormByCode } from '../src/app/paper-forms.ts';
import { keepPaperFile, readPaperFile } from '../src/app/paper-replies.ts';
import { type Cast, done } from './action.ts';
import { completeAnswers, type Filler, fillForm } from './fill.ts';
import type { Stage } from './progress.ts';
import { seededRandom } from './random.ts';
import { scanForm } from './scan.ts';
import { shownSerials } from './tour.ts';

/** Parties whose form comes as a file, and how. */
const WAYS = ['pdf', 'scan', 'pdf', 'scan', 'pdf', 'wait'] as const;

/** Has forms of parties that have answered in part come back as files. */
export async function playPapers(
  cast: Cast,
  actionId: number,
  stage: Stage,
): Promise<{ taken: number; waiting: number }> {
  const random = seededRandom(20_221_230);
  const { system, support } = cast;
  const { rows } = await sql<{ party_id: number; contact_id: number; name: string; email: string }>`
    select o.party_id, min(k.id) as contact_id, min(k.name) as name, min(k.email) as email
      from obligation o join contact k on k.party_id = o.party_id and k.status = 'active' and k.email <> ''
     where o.action_id = ${actionId} and o.state = 'received' and o.audience <> 'distributor'
       and (select count(*) from correction c where c.action_id = o.action_id and c.party_id = o.party_id) between 1 and 6
       and not exists (select 1 from unit u where u.party_id = o.party_id and u.serial = any(${[...shownSerials]}::text[]))
     group by o.party_id order by o.party_id desc limit ${WAYS.length}`.execute(system.db);
  stage.total(rows.length);
  const count = { taken: 0, waiting: 0 };
  for (const [index, row] of rows.entries()) {
    const way = WAYS[index] ?? 'pdf';
    const file = done(await ensurePaperForm(system, { actionId, contactId: row.contact_id }), 'print a form');
    const form = await paperFormByCode(system.db, file.code);
    if (!form) throw new Error('A form that was printed is kept');
    const filler: Filler = {
      name: row.name,
      title: 'Laboratory manager',
      email: row.email,
      phone: '+1 555 0142',
      day: system.now().toISOString().slice(0, 10),
    };
    const bytes =
      way === 'pdf'
        ? await fillForm(file.pdf, form.layout, completeAnswers(form.layout, filler))
        : await scanned(file.pdf, form, filler, random.fork(`party ${row.party_id}`).next);
    const kept = done(
      await keepPaperFile(support, {
        name: way === 'pdf' ? file.name : `scan-${String(index + 1).padStart(4, '0')}.pdf`,
        bytes: (async function* () {
          yield bytes;
        })(),
        way: way === 'pdf' ? 'portal' : 'upload',
        ...(way === 'pdf' ? { place: { actionId, partyId: row.party_id, contactId: row.contact_id } } : {}),
      }),
      'keep a form that came back',
    );
    const outcome = done(await readPaperFile(system, kept.id), 'read a form that came back');
    count.taken += outcome.replyIds.length;
    for (const waiting of outcome.waiting) {
      if (way === 'wait') count.waiting++;
      else {
        // Support types what was written by hand, beside its picture.
        const read = await readBody(cast, waiting.id, form);
        done(await acceptPaperReply(support, waiting.id, { ...read, ...typedOf(form, filler) }), 'take a scanned form');
        count.taken++;
      }
    }
    stage.step();
  }
  await sendDueDeliveries(system);
  return count;
}

async function scanned(pdf: Uint8Array, form: KeptPaperForm, filler: Filler, next: () => number): Promise<Uint8Array> {
  const { PDFDocument } = await import('@cantoo/pdf-lib');
  const pen = { values: completeAnswers(form.layout, filler), signature: filler.name };
  const tilt = next() * 4 - 2;
  const pages = await scanForm(pdf, form.layout, pen, { dpi: 200, tilt, noise: 5, quality: 60 }, next);
  const document = await PDFDocument.create();
  for (const { jpeg, width, height } of pages) {
    const page = document.addPage([(width * 72) / 200, (height * 72) / 200]);
    page.drawImage(await document.embedJpg(jpeg), { x: 0, y: 0, width: page.getWidth(), height: page.getHeight() });
  }
  return document.save();
}

async function readBody(cast: Cast, id: number, form: KeptPaperForm) {
  const row = await cast.system.db
    .selectFrom('paper_reply')
    .select('boxes')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return readAnswers(form.layout, row.boxes);
}

/** What stands in the boxes that are written into, by the names of the form's fields. */
function typedOf(form: KeptPaperForm, filler: Filler): Record<string, string> {
  const answers = completeAnswers(form.layout, filler);
  return Object.fromEntries(
    form.layout.fields.flatMap((field) => {
      const value = field.kind === 'text' || field.kind === 'date' ? (answers.get(field.pdfName) ?? field.preset) : '';
      return typeof value === 'string' && value !== '' ? [[field.name, value] as const] : [];
    }),
  );
}
