/**
 * A child of crash-intake.test.ts: a real house on a folder that takes mail over LMTP and reads it, until it is killed.
 * `make` fills an empty house with letters that left; `work` takes mail and tells its port; `finish` reads what is left and
 * reports.
 */
import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { completeAnswers, fillForm } from '../../sample/fill.ts';
import type { AnsweredLetter } from '../../sample/mails.ts';
import { seededRandom } from '../../sample/random.ts';
import { scanForm } from '../../sample/scan.ts';
import { openMailListener } from '../../src/adapters/mail-listener.ts';
import { asActor } from '../../src/app/context.ts';
import { returnPath } from '../../src/app/delivery-address.ts';
import { sendDueDeliveries } from '../../src/app/delivery-send.ts';
import { verifyEventChain } from '../../src/app/event-chain.ts';
import { createStandardForm } from '../../src/app/forms.ts';
import { takeHandedOver } from '../../src/app/mail-doors.ts';
import { readAttachments } from '../../src/app/message-attachments.ts';
import { readMessages } from '../../src/app/message-read.ts';
import { MOST_BYTES } from '../../src/app/messages.ts';
import { ensurePaperForm, paperFormByCode } from '../../src/app/paper-forms.ts';
import { readPaperFiles } from '../../src/app/paper-replies.ts';
import { readProcessConfig } from '../../src/config.ts';
import { isRefusal, type Refusal } from '../../src/domain/refusal.ts';
import { openHouse } from '../../src/main.ts';
import { addParty, addReleased, plan, regulatory } from '../delivery-house.ts';
import { awaitEndOfTheDead } from './dead-sessions.ts';

/** What the last life finds. */
export interface IntakeReport {
  messages: { messageId: string; state: string; copies: number }[];
  /** Letters by how often they came back, and by how many tasks that made. */
  letters: { id: number; state: string; bounces: number; tasks: number }[];
  /** What came of each form that was sent back, by the party's address. */
  forms: { address: string; replies: number; receipts: number; waiting: number; files: number }[];
  /** Rows whose bytes are not there. */
  lost: number;
  chain: string;
}
/** A form as its party sends it back: filled in on a screen, or a photo of it. */
export interface SentForm {
  address: string;
  kind: 'pdf' | 'photo';
  file: string;
}
export type IntakeLine =
  | { at: 'letters'; letters: AnsweredLetter[]; forms: SentForm[] }
  | { at: 'port'; port: number }
  | { at: 'report'; report: IntakeReport };

const PARTIES = 30;
const [FILLED, PHOTOS] = [3, 2];
const mode = process.argv[2] ?? 'work';

function tell(line: IntakeLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

function ok<T>(answer: T | Refusal): T {
  if (isRefusal(answer)) throw new Error(answer.code);
  return answer;
}

const house = await openHouse(readProcessConfig(), { demo: true, keepMail: true });
const system = asActor(house.deps, { kind: 'system', name: 'crash test' });

if (mode === 'make') {
  const released = await addReleased(system);
  const desk = asActor(house.deps, regulatory);
  ok(await createStandardForm(desk, released.actionId, { software: 'Local Run Manager' }));
  const forms: SentForm[] = [];
  for (let n = 0; n < PARTIES; n++) {
    const party = await addParty(system, released, { units: 1 });
    if (n >= FILLED + PHOTOS) continue;
    const [contactId = 0] = party.contactIds;
    const { code, pdf } = ok(await ensurePaperForm(desk, { actionId: released.actionId, contactId }));
    const layout = (await paperFormByCode(system.db, code))?.layout;
    if (!layout) throw new Error('A form that was printed is kept');
    const filler = {
      name: 'Erika Muster',
      title: 'Lab',
      email: 'e@lab.example',
      phone: '+49 30 1',
      day: new Date().toISOString().slice(0, 10),
    };
    const values = completeAnswers(layout, filler);
    const random = seededRandom(n);
    const [photo] =
      n < FILLED
        ? []
        : await scanForm(pdf, layout, { values, signature: 'x' }, { dpi: 200, tilt: 1, noise: 4 }, random.next);
    const row = await system.db
      .selectFrom('contact')
      .select('email')
      .where('id', '=', contactId)
      .executeTakeFirstOrThrow();
    const folder = process.env.DATA_DIR ?? '.';
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `form-${n}`);
    writeFileSync(file, photo?.jpeg ?? (await fillForm(pdf, layout, values)));
    forms.push({ address: row.email, kind: photo ? 'photo' : 'pdf', file });
  }
  await plan(system, released);
  await sendDueDeliveries(system);
  const rows = await system.db.selectFrom('delivery').select(['id', 'message_id', 'address']).orderBy('id').execute();
  tell({
    at: 'letters',
    forms,
    letters: rows.map((row) => ({
      messageId: row.message_id,
      to: row.address,
      returnPath: returnPath(system.settings, row.id),
      from: 'safety@maker.example',
      subject: 'Recall',
      date: new Date('2022-05-04T08:00:00Z'),
    })),
  });
  await house.close();
} else if (mode === 'work') {
  const listener = await openMailListener({
    protocol: 'lmtp',
    port: 0,
    domain: system.settings.mailDomain,
    most: MOST_BYTES,
    keep: (message) => takeHandedOver(system, 'lmtp', message),
  });
  tell({ at: 'port', port: listener.port });
} else {
  await awaitEndOfTheDead(system.db);
  ok(await readMessages(system));
  ok(await readAttachments(system));
  ok(await readPaperFiles(system));
  const messages = await sql<IntakeReport['messages'][number]>`
    select message_id as "messageId", min(state) as state, count(*)::int as copies from message group by message_id`.execute(
    system.db,
  );
  const letters = await sql<IntakeReport['letters'][number]>`
    select d.id, d.state,
        (select count(*)::int from delivery_attempt a where a.delivery_id = d.id and a.outcome like 'bounced%') as bounces,
        (select count(*)::int from task t where t.delivery_id = d.id) as tasks
      from delivery d where d.kind = 'notice' order by d.id`.execute(system.db);
  const forms = await sql<IntakeReport['forms'][number]>`
    select k.email as address,
        (select count(*)::int from reply r where r.party_id = f.party_id) as replies,
        (select count(*)::int from delivery d where d.party_id = f.party_id and d.kind = 'receipt') as receipts,
        (select count(*)::int from paper_reply p where p.paper_form_id = f.id and p.state = 'waiting') as waiting,
        (select count(*)::int from paper_reply p where p.paper_form_id = f.id) as files
      from paper_form f join contact k on k.id = f.contact_id order by f.id`.execute(system.db);
  const stored = await sql<{ sha256: string }>`
    select sha256 from message union select f.sha256 from paper_file p join file f on f.id = p.file_id`
    .execute(system.db)
    .then(({ rows }) => rows);
  const there = await Promise.all(stored.map((row) => system.files.has(row.sha256)));
  tell({
    at: 'report',
    report: {
      messages: messages.rows,
      letters: letters.rows,
      forms: forms.rows,
      lost: there.filter((has) => !has).length,
      chain: (await verifyEventChain(system)).chain,
    },
  });
  await house.close();
}
if (mode !== 'work') process.exit(0);
