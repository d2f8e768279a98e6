/** The post room as the desk works it: what comes next, what can be put right, and what must not be closed unread. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { completeAnswers, fillForm } from '../sample/fill.ts';
import { personMail } from '../sample/mails.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { keepAttachedMessage, readAttachments } from '../src/app/message-attachments.ts';
import { decideMessage } from '../src/app/message-decide.ts';
import { proposeReply } from '../src/app/message-proposal.ts';
import { readMessages } from '../src/app/message-read.ts';
import { uploadMessages } from '../src/app/message-upload.ts';
import { ensurePaperForm, paperFormByCode } from '../src/app/paper-forms.ts';
import { nextWaiting } from '../src/app/queries/messages.ts';
import { sendReceipt } from '../src/app/receipts.ts';
import { recordReply } from '../src/app/replies.ts';
import { emptyAnswers } from '../src/domain/form.ts';
import { leavesModeOpen, readClaims } from '../src/domain/mail-claims.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type SampleParty, support } from './delivery-house.ts';
import { addTold, bring, ok, openPostRoom, type PostRoom, type SentLetter } from './post-room-house.ts';

let room: PostRoom;
before(async () => {
  room = await openPostRoom();
  await room.ctx.db
    .insertInto('staff')
    .values([
      { id: 's2', name: 'Sam Support', email: 'sam@maker.example', role: 'support', created_at: room.ctx.now() },
      { id: 's9', name: 'Toni Support', email: 'toni@maker.example', role: 'support', created_at: room.ctx.now() },
    ])
    .execute();
});
after(async () => {
  await room.ctx.paperReader.close();
  await room.close();
});

let minute = 0;
const at = (): Date => new Date(Date.parse('2022-05-04T06:00:00Z') + ++minute * 1_000);
type Told = SampleParty & { letter: SentLetter; serials: string[] };

async function tell(units = 1): Promise<Told> {
  const party = await addTold(room, { units });
  const [letter] = party.letters;
  assert.ok(letter);
  const rows = await room.ctx.db
    .selectFrom('unit')
    .select('serial')
    .where('party_id', '=', party.partyId)
    .orderBy('id')
    .execute();
  return { ...party, letter, serials: rows.map((row) => row.serial) };
}

const write = (told: Told, text: string, rest: Partial<Parameters<typeof personMail>[1]> = {}): Buffer =>
  personMail(told.letter, { from: { name: 'Erika Muster', address: told.letter.to }, at: at(), text, ...rest });
const message = (id: number) =>
  room.ctx.db.selectFrom('message').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
const desk = () => room.house.as(support);
const end = async (id: number): Promise<void> => {
  ok(await decideMessage(desk(), id, { how: 'end', outcome: 'seen' }));
};

describe('the next message', () => {
  test('goes through the queue once in its order, past what a colleague has taken, also while something urgent waits', async () => {
    const told = await tell();
    const texts = [
      'Where is it?',
      'How long does it take?',
      'An unknown user was signed in this morning.',
      'Can you help?',
    ];
    const ids: number[] = [];
    for (const text of texts) ids.push((await bring(room, write(told, text))).id);
    const [first = 0, second = 0, urgent = 0, last = 0] = ids;
    const walk: number[] = [];
    let here = (await nextWaiting(room.ctx.db, 0, 's2')) ?? 0;
    for (let step = 0; step < 4; step++) {
      walk.push(here);
      here = (await nextWaiting(room.ctx.db, here, 's2')) ?? 0;
    }
    assert.deepEqual(walk, [urgent, first, second, last]);
    assert.equal(here, urgent, 'and begins again');
    // Who works through one kind is offered that kind.
    assert.equal(await nextWaiting(room.ctx.db, second, 's2', 'question'), last);
    assert.equal(await nextWaiting(room.ctx.db, last, 's2', 'question'), first);
    assert.equal(await nextWaiting(room.ctx.db, urgent, 's2', 'problem'), undefined);
    ok(await decideMessage(desk(), first, { how: 'assign', ownerId: 's9' }));
    assert.equal(await nextWaiting(room.ctx.db, urgent, 's2'), second);
    assert.equal(await nextWaiting(room.ctx.db, urgent, 's9'), first);
    // Decided: what came after it is next, not the beginning.
    await end(second);
    assert.equal(await nextWaiting(room.ctx.db, second, 's2'), last);
    for (const id of [first, urgent, last]) await end(id);
  });
});

describe('what was accepted by mistake', () => {
  test('is opened again, and what is accepted then is recorded, too', async () => {
    const told = await tell();
    const row = await bring(room, write(told, `Done on ${told.serials[0]} on 2022-05-03.`));
    ok(await decideMessage(desk(), row.id, { how: 'accept', outcome: '' }));
    const first = (await message(row.id)).reply_id;
    ok(await decideMessage(desk(), row.id, { how: 'reopen' }));
    const corrections = await room.ctx.db
      .selectFrom('correction')
      .select('id')
      .where('party_id', '=', told.partyId)
      .orderBy('id')
      .execute();
    const said = corrections.map(({ id }) => ({ id, claim: 'not-yet' as const }));
    ok(await decideMessage(desk(), row.id, { how: 'accept', received: true, corrections: said, outcome: '' }));
    const second = (await message(row.id)).reply_id;
    assert.notEqual(second, first);
    const replies = await room.ctx.db
      .selectFrom('reply')
      .select('answers')
      .where('party_id', '=', told.partyId)
      .execute();
    assert.equal(replies.length, 2);
    assert.match(JSON.stringify(replies[1]?.answers), /not-yet/);
  });
});

describe('a mail with a form', () => {
  async function filled(told: Told): Promise<{ name: string; type: string; content: Buffer }> {
    const order = { actionId: room.released.actionId, contactId: told.contactIds[0] ?? 0 };
    const file = ok(await ensurePaperForm(desk(), order));
    const form = await paperFormByCode(room.ctx.db, file.code);
    assert.ok(form);
    const answers = completeAnswers(form.layout, {
      name: 'Erika Muster',
      title: 'Laborleitung',
      email: 'erika@lab.example',
      phone: '+49 30 5550421',
      day: '2022-05-04',
    });
    const content = Buffer.from(await fillForm(file.pdf, form.layout, answers));
    return { name: 'form.pdf', type: 'application/pdf', content };
  }

  async function send(text: string) {
    const told = await tell();
    const row = await bring(room, write(told, text, { attachments: [await filled(told)] }));
    ok(await readAttachments(room.ctx));
    const read = await message(row.id);
    assert.ok(read.reply_id, 'the form is a reply whatever the mail says');
    return { told, read };
  }

  test('that says nothing else is done with', async () => {
    for (const text of [
      'Please find our form attached.',
      'Anbei das Formular. Bei Fragen wenden Sie sich bitte an mich.',
      'The form.\n\nIf you are not the intended recipient, please contact postmaster@lab.example.',
      'See attached.\n-- \nKim Muster\nHow to find us? lab.example',
    ])
      assert.equal((await send(text)).read.state, 'done', text);
  });

  test('that also asks, or names another contact, waits for a person; the form is taken all the same', async () => {
    const asked = (await send('The form is attached. How can we install it on the second instrument without Internet?'))
      .read;
    assert.deepEqual([asked.state, asked.kind], ['waiting', 'question']);
    assert.match(asked.outcome, /form\.pdf: a form was taken\./);
    const left = (
      await send('The form is attached. Erika Muster has left the laboratory, please write to kim@lab.example.')
    ).read;
    assert.deepEqual([left.state, left.kind], ['waiting', 'contact-change']);
  });

  test('that speaks of a break-in goes on waiting as what it is', async () => {
    const { told, read } = await send('The form is attached. Yesterday an unknown user was signed in.');
    assert.deepEqual([read.state, read.kind], ['waiting', 'problem']);
    const task = await room.ctx.db
      .selectFrom('task')
      .select('state')
      .where('party_id', '=', told.partyId)
      .where('kind', '=', 'mail-problem')
      .executeTakeFirstOrThrow();
    assert.equal(task.state, 'open');
  });
});

describe('a mail in whatever language', () => {
  test('that names units of its sender is put before a person as a reply, with those units first', async () => {
    const told = await tell(2);
    const row = await bring(room, write(told, `Lorem ${told.serials[1]} dolor sit amet.`));
    assert.deepEqual([row.kind, row.state], ['reply', 'waiting']);
    assert.ok((row.confidence ?? 100) < 50);
    const proposal = await proposeReply(
      room.ctx.db,
      room.ctx,
      { actionId: room.released.actionId, partyId: told.partyId },
      `Lorem ${told.serials[1]} dolor sit amet.`,
    );
    assert.deepEqual(
      proposal?.lines.map((line) => [line.serial, line.claim, line.named]),
      [
        [told.serials[1], '', true],
        [told.serials[1], '', true],
        [told.serials[0], '', false],
        [told.serials[0], '', false],
      ],
    );
  });

  test('that says something is done, but not in which mode, is told so', () => {
    const units = [
      {
        id: 1,
        serial: 'X1234',
        corrections: [
          { id: 2, environment: 'dx', environmentName: 'Dx' },
          { id: 3, environment: 'ruo', environmentName: 'RUO' },
        ],
      },
    ];
    const open = (text: string): boolean => leavesModeOpen(units, readClaims(text, units, '2022-05-04').claims);
    assert.equal(open('Installed on X1234.'), true);
    assert.equal(open('Installed on X1234 in both modes.'), false);
    assert.equal(open('Installed on X1234 in Dx and RUO.'), false);
    assert.equal(open('Installed on X1234 in RUO.'), false);
    assert.equal(open('X1234 was scrapped.'), false);
    assert.equal(open('Installed on all of them.'), false);
  });

  test('says done, not yet and gone in the languages of the portal', () => {
    const said: Record<string, [done: string, notYet: string]> = {
      cs: ['Aktualizace byla nainstalována na X1234.', 'X1234: ještě nebylo provedeno.'],
      sk: ['Aktualizácia bola nainštalovaná na X1234.', 'X1234: ešte nevykonané.'],
      sl: ['Popravek je nameščen na X1234.', 'X1234: še ni nameščeno.'],
      hr: ['Zakrpa je instalirana na X1234.', 'X1234: još nije instalirano.'],
      hu: ['A javítást telepítettük: X1234', 'X1234: még nincs telepítve.'],
      ro: ['Actualizarea a fost instalată pe X1234.', 'X1234: încă nu a fost instalat.'],
      bg: ['Актуализацията е инсталирана на X1234.', 'X1234: още не е инсталирано.'],
      uk: ['Оновлення встановлено на X1234.', 'X1234: ще не встановлено.'],
      el: ['Η ενημέρωση εγκαταστάθηκε στο X1234', 'X1234: δεν έχει εγκατασταθεί ακόμη.'],
      tr: ['X1234 cihazına yama yüklendi.', 'X1234: henüz yüklenmedi.'],
      fi: ['Päivitys on asennettu laitteeseen X1234.', 'X1234: ei vielä asennettu.'],
      et: ['Uuendus on paigaldatud seadmele X1234.', 'X1234: veel ei ole paigaldatud.'],
      lv: ['Atjauninājums ir uzstādīts: X1234', 'X1234: vēl nav uzstādīts.'],
      lt: ['Naujinimas įdiegtas: X1234', 'X1234: dar neįdiegta.'],
      is: ['Uppfærslan hefur verið sett upp á X1234.', 'X1234: ekki enn sett upp.'],
      ar: ['تم تثبيت التحديث على X1234', 'X1234: لم يتم التثبيت بعد'],
      he: ['העדכון הותקן על X1234', 'X1234: עדיין לא הותקן'],
      ko: ['X1234에 패치를 설치했습니다.', 'X1234: 아직 설치하지 않았습니다.'],
      zh: ['X1234 已安裝補丁。', 'X1234: 尚未安裝。'],
    };
    const units = [{ id: 1, serial: 'X1234', corrections: [{ id: 2, environment: 'dx', environmentName: 'Dx' }] }];
    for (const [language, [done, notYet]] of Object.entries(said)) {
      assert.equal(readClaims(done, units, '2022-05-04').claims[0]?.claim, 'done', `${language}: ${done}`);
      assert.equal(readClaims(notYet, units, '2022-05-04').claims[0]?.claim, 'not-yet', `${language}: ${notYet}`);
    }
  });
});

describe('a suspected break-in by mail', () => {
  test('is an incident of the unit it names, with the cable as it says', async () => {
    const told = await tell(2);
    const text = `An unknown user was signed in on ${told.serials[1]}. We unplugged the network cable. +49 30 5550100`;
    const row = await bring(room, write(told, text));
    ok(await decideMessage(desk(), row.id, { how: 'accept', outcome: '' }));
    const incident = await room.ctx.db
      .selectFrom('incident')
      .selectAll()
      .where('party_id', '=', told.partyId)
      .executeTakeFirstOrThrow();
    assert.equal(incident.unit_id, told.unitIds[1]);
    assert.match(JSON.stringify(incident.detail), /"unplugged":"yes"/);
    assert.match(JSON.stringify(incident.detail), /\+49 30 5550100/);
    const states = await room.ctx.db
      .selectFrom('correction')
      .select(['state', 'unit_id'])
      .where('party_id', '=', told.partyId)
      .execute();
    for (const { state, unit_id } of states) assert.equal(state, unit_id === told.unitIds[1] ? 'isolated' : 'open');
  });

  test('is put right by whoever accepts it', async () => {
    const told = await tell(2);
    const row = await bring(room, write(told, `Suspicious login on ${told.serials[0]}.`));
    const problem = { unitIds: [told.unitIds[1] ?? 0], unplugged: 'no' as const, phone: '+49 30 1', name: 'Kim' };
    ok(await decideMessage(desk(), row.id, { how: 'accept', outcome: '', problem }));
    const incident = await room.ctx.db
      .selectFrom('incident')
      .selectAll()
      .where('party_id', '=', told.partyId)
      .executeTakeFirstOrThrow();
    assert.deepEqual([incident.unit_id, (incident.detail as { phone?: string }).phone], [told.unitIds[1], '+49 30 1']);
  });

  test('is not made of a mail that speaks of harm only: its task stays for whoever decides about vigilance', async () => {
    const told = await tell();
    const row = await bring(room, write(told, `A patient may have received a wrong result from ${told.serials[0]}.`));
    assert.equal(row.kind, 'problem');
    ok(await decideMessage(desk(), row.id, { how: 'accept', outcome: '' }));
    const incidents = await room.ctx.db
      .selectFrom('incident')
      .select('id')
      .where('party_id', '=', told.partyId)
      .execute();
    assert.deepEqual(incidents, []);
    const ended = await message(row.id);
    assert.equal(ended.state, 'done');
    const task = await room.ctx.db
      .selectFrom('task')
      .select('state')
      .where('id', '=', ended.task_id ?? 0)
      .executeTakeFirstOrThrow();
    assert.equal(task.state, 'open');
  });
});

describe('a mail that was passed on as an attachment', () => {
  test('is taken in as a message of its own, once, at the hour it came', async () => {
    const told = await tell();
    const inner = write(told, `Done on ${told.serials[0]} on 2022-05-03.`).toString('latin1');
    const outer = [
      'From: IT desk <it@hospital.example>',
      'To: notices@muster.example',
      'Subject: FW: recall',
      'Message-ID: <outer@hospital.example>',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="m"',
      '',
      '--m',
      'Content-Type: text/plain',
      '',
      'For your attention.',
      '--m',
      'Content-Type: message/rfc822',
      'Content-Disposition: attachment; filename="recall.eml"',
      '',
      inner,
      '--m--',
      '',
    ].join('\r\n');
    const row = await bring(room, Buffer.from(outer, 'latin1'));
    const index = row.attachments.findIndex((part) => part.caution === 'message');
    const kept = ok(await keepAttachedMessage(desk(), row.id, { index }));
    assert.deepEqual(ok(await keepAttachedMessage(desk(), row.id, { index })), { id: kept.id, fresh: false });
    ok(await readMessages(room.ctx));
    const own = await message(kept.id);
    assert.deepEqual([own.kind, own.party_id, own.received_at], ['reply', told.partyId, row.received_at]);
    const other = await keepAttachedMessage(desk(), row.id, { index: 99 });
    assert.ok(isRefusal(other) && other.code === 'message.no-attachment');
  });
});

describe('a file that is no mail', () => {
  test('is not taken for one when it is uploaded: it says where it belongs', async () => {
    for (const bytes of ['%PDF-1.7\n', 'PK\x03\x04 a workbook', '\x89PNG\r\n']) {
      const source = (async function* () {
        yield Buffer.from(bytes, 'latin1');
      })();
      const answer = await uploadMessages(desk(), source, { door: 'upload' });
      assert.ok(isRefusal(answer) && answer.code === 'message.not-mail', bytes);
    }
  });

  test('and that nobody here reads is a reply to be opened by a person', async () => {
    const told = await tell();
    const attachments = [
      { name: 'Geräte.xls', type: 'application/vnd.ms-excel', content: Buffer.from('d0cf11e0a1b11ae1', 'hex') },
    ];
    const row = await bring(room, write(told, 'Unsere Liste.', { attachments }));
    assert.deepEqual([row.kind, row.state], ['reply', 'waiting']);
  });
});

describe('the receipt', () => {
  test('names also what is not on the list, standalone computers, and units without the software', async () => {
    const told = await tell(2);
    const product = await room.ctx.db
      .selectFrom('unit')
      .innerJoin('product', 'product.id', 'unit.product_id')
      .select(['product.id', 'product.name'])
      .where('unit.id', '=', told.unitIds[0] ?? 0)
      .executeTakeFirstOrThrow();
    await room.ctx.db
      .insertInto('action_environment')
      .values(room.released.environmentIds.map((id) => ({ action_id: room.released.actionId, environment_id: id })))
      .onConflict((clash) => clash.doNothing())
      .execute();
    const answers = emptyAnswers();
    answers.party.received = 'yes';
    answers.units[String(told.unitIds[1])] = { 'software-installed': 'no' };
    answers.extra.push({ serial: 'NB999777', product: String(product.id), place: 'Cellar' });
    answers.standalone.push({ name: 'LRM-PC-3', count: 1, patched: 'yes', 'patched-on': '2022-05-03' });
    const reply = ok(
      await recordReply(desk(), {
        actionId: room.released.actionId,
        partyId: told.partyId,
        contactId: told.contactIds[0] ?? null,
        door: 'post',
        language: 'en',
        answers,
        sourceFileId: null,
      }),
    );
    const sent = ok(await sendReceipt(desk(), reply.id, {}));
    await sendDueDeliveries(room.ctx);
    const { raw } = await room.ctx.db
      .selectFrom('mailbox_message')
      .select('raw')
      .where('delivery_id', '=', sent.deliveryId)
      .executeTakeFirstOrThrow();
    const { text, headers } = await room.ctx.mailReader.read(raw);
    const say = room.ctx.say(headers.find((one) => one.name === 'content-language')?.value ?? 'en');
    assert.ok(text.includes(`NB999777: ${product.name}, Cellar`), text);
    assert.ok(text.includes(`LRM-PC-3: ${say('form.question.patched')} ${say('form.choice.yes')}`), text);
    assert.ok(text.includes(`${told.serials[1]}: ${say('form.choice.status.not-affected')}`), text);
  });
});
