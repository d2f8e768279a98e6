import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { bounceMail, delayMail, personMail } from '../sample/mails.ts';
import { type AttachmentReader, attachmentReaders } from '../src/app/attachments.ts';
import { contactCheckToken } from '../src/app/contact-check-letters.ts';
import { confirmContactCheck, loadContactCheck } from '../src/app/contact-checks.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { verifyEventChain } from '../src/app/event-chain.ts';
import { readAttachment, readAttachments } from '../src/app/message-attachments.ts';
import { decideMessage } from '../src/app/message-decide.ts';
import { readMessages } from '../src/app/message-read.ts';
import { keepMessage, keepMessages } from '../src/app/messages.ts';
import { failureClasses } from '../src/domain/mail.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { support } from './delivery-house.ts';
import { addTold, bring, ok, openPostRoom, type PostRoom } from './post-room-house.ts';

let room: PostRoom;
before(async () => {
  room = await openPostRoom();
});
after(() => room.close());

let minute = 0;
/** No two mails are written at the same moment: each is another mail. */
function at(): Date {
  return new Date(Date.parse('2022-05-05T06:00:00Z') + ++minute * 60_000);
}
const delivery = (id: number) =>
  room.ctx.db.selectFrom('delivery').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
const tasksOf = (partyId: number) =>
  room.ctx.db.selectFrom('task').selectAll().where('party_id', '=', partyId).orderBy('id').execute();
const message = (id: number) =>
  room.ctx.db.selectFrom('message').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
const erika = { name: 'Erika Muster', address: '' };

describe('keeping', () => {
  test('a message is kept whole, with its hash, once – by whichever door and however often', async () => {
    const raw = Buffer.from('From: a@lab.example\r\nSubject: hello\r\n\r\nhi\r\n');
    const first = ok(await keepMessage(room.ctx, { raw, door: 'smtp' }));
    const again = ok(
      await keepMessages(room.ctx, [
        { raw, door: 'upload' },
        { raw, door: 'imap', mailbox: 'post' },
      ]),
    );
    assert.equal(first.fresh, true);
    assert.deepEqual(again, [
      { id: first.id, fresh: false },
      { id: first.id, fresh: false },
    ]);
    const row = await message(first.id);
    assert.equal(row.state, 'new');
    assert.equal(await room.ctx.files.has(row.sha256), true);
    assert.equal(room.house.queue.pending.filter((job) => job.name === 'read-messages').length, 1);
    ok(await readMessages(room.ctx));
    assert.equal((await message(first.id)).state, 'waiting');
  });

  test('one that is too large is refused, and nothing of the batch is kept', async () => {
    const small = Buffer.from('From: b@lab.example\r\n\r\nsmall');
    const result = await keepMessages(room.ctx, [
      { raw: small, door: 'api' },
      { raw: Buffer.alloc(60_000_001), door: 'api' },
    ]);
    assert.ok(isRefusal(result) && result.code === 'message.too-large');
    const rows = await room.ctx.db.selectFrom('message').select('id').where('door', '=', 'api').execute();
    assert.equal(rows.length, 0);
  });
});

describe('reports of mail servers', () => {
  test('each class of failure reaches its letter by the return path, and becomes a task', async () => {
    for (const failure of failureClasses) {
      const party = await addTold(room);
      const [letter] = party.letters;
      assert.ok(letter);
      const row = await bring(room, bounceMail(letter, { failure, at: at() }));
      assert.deepEqual([row.kind, row.failure, row.state, row.matched_by], ['failure', failure, 'done', 'return-path']);
      assert.equal((await delivery(letter.deliveryId)).state, 'bounced');
      const contact = await room.ctx.db
        .selectFrom('contact')
        .select('status')
        .where('id', '=', letter.contactId)
        .executeTakeFirstOrThrow();
      assert.equal(contact.status, failure === 'hard' ? 'unreachable' : 'active');
      assert.deepEqual(
        (await tasksOf(party.partyId)).map((task) => task.kind),
        ['bounce'],
      );
    }
  });

  test('without the return path, the letter that comes back with it says which it was; without that, its address', async () => {
    const party = await addTold(room);
    const [letter] = party.letters;
    assert.ok(letter);
    const bytes = bounceMail(letter, { failure: 'hard', at: at(), lostReturnPath: true });
    assert.equal((await bring(room, bytes)).matched_by, 'reference');
    const other = await addTold(room);
    const [second] = other.letters;
    assert.ok(second);
    const bare = bounceMail(
      { ...second, messageId: '<unknown@elsewhere.example>' },
      { failure: 'hard', at: at(), lostReturnPath: true, plain: true },
    );
    const row = await bring(room, bare);
    assert.deepEqual([row.matched_by, row.delivery_id, row.state], ['address', second.deliveryId, 'done']);
  });

  test('one about no letter of ours waits for a person', async () => {
    const stranger = {
      messageId: '<x@elsewhere.example>',
      to: 'nobody@elsewhere.example',
      returnPath: 'bounce+999999.000000000000000@muster.example',
      from: 'notices@muster.example',
      subject: 'x',
      date: at(),
    };
    const row = await bring(room, bounceMail(stranger, { failure: 'hard', at: at() }));
    assert.deepEqual([row.kind, row.state, row.delivery_id], ['failure', 'waiting', null]);
  });

  test('a letter that is late has not come back', async () => {
    const party = await addTold(room);
    const [letter] = party.letters;
    assert.ok(letter);
    const row = await bring(room, delayMail(letter, at()));
    assert.deepEqual([row.kind, row.state], ['delay', 'done']);
    assert.equal((await delivery(letter.deliveryId)).state, 'sent');
    assert.deepEqual(await tasksOf(party.partyId), []);
  });

  test('the same report brought again, or by another mailbox, changes nothing', async () => {
    const party = await addTold(room);
    const [letter] = party.letters;
    assert.ok(letter);
    const bytes = bounceMail(letter, { failure: 'hard', at: at() });
    const first = await bring(room, bytes);
    const copy = Buffer.concat([Buffer.from('X-Mailbox: second\r\n'), bytes]);
    const second = await bring(room, copy);
    assert.deepEqual([second.state, second.twin_id], ['done', first.id]);
    assert.equal((await tasksOf(party.partyId)).length, 1);
    const attempts = await room.ctx.db
      .selectFrom('delivery_attempt')
      .select('outcome')
      .where('delivery_id', '=', letter.deliveryId)
      .execute();
    assert.deepEqual(
      attempts.map((one) => one.outcome),
      ['accepted', 'bounced-hard'],
    );
  });

  test('another contact that has no letter yet gets it; one that has it is named in the task', async () => {
    const party = await addTold(room, { contacts: [{}, { name: 'Kim Beispiel' }] });
    const [letter] = party.letters;
    assert.ok(letter);
    await bring(room, bounceMail(letter, { failure: 'hard', at: at() }));
    const [task] = await tasksOf(party.partyId);
    assert.match(String(task?.detail.otherContacts), /Kim Beispiel .* has the letter/);
  });
});

describe('absences', () => {
  test('an automatic answer is done with, and is never answered', async () => {
    const party = await addTold(room);
    const [letter] = party.letters;
    assert.ok(letter);
    const row = await bring(
      room,
      personMail(letter, {
        from: { ...erika, address: letter.to },
        at: at(),
        subject: 'Abwesenheitsnotiz: Rückruf',
        text: 'Ich bin bis Montag nicht im Büro.',
        automatic: true,
      }),
    );
    assert.deepEqual([row.kind, row.state, row.automatic], ['automatic', 'done', true]);
    const letters = await room.ctx.db
      .selectFrom('delivery')
      .select('id')
      .where('party_id', '=', party.partyId)
      .execute();
    assert.equal(letters.length, 1);
  });

  test('"has left, write to …" proposes the other contact and asks that address; a yes from the same house applies it', async () => {
    const party = await addTold(room);
    const [letter] = party.letters;
    assert.ok(letter);
    const named = `kim.beispiel@${letter.to.split('@')[1]}`;
    const row = await bring(
      room,
      personMail(letter, {
        from: { ...erika, address: letter.to },
        at: at(),
        subject: 'Automatic reply',
        text: `Erika Muster has left the laboratory. Please write to Kim Beispiel (${named}) instead.`,
        automatic: true,
      }),
    );
    assert.equal(row.state, 'done');
    assert.match(row.outcome, /has left and names kim\.beispiel/);
    const [task] = await tasksOf(party.partyId);
    assert.equal(task?.kind, 'contact-change');
    await sendDueDeliveries(room.ctx);
    const check = await room.ctx.db
      .selectFrom('mailbox_message')
      .selectAll()
      .where('recipient', '=', named)
      .executeTakeFirstOrThrow();
    const changeId = Number(task?.detail.changeId);
    const token = contactCheckToken(room.ctx.settings, changeId);
    const mail = await room.ctx.mailer.read(check.raw);
    assert.ok(mail.text.includes(`/address/${token}`));
    assert.equal((await loadContactCheck(room.ctx, token))?.state, 'proposed');
    assert.equal(await loadContactCheck(room.ctx, `${changeId}.${'0'.repeat(26)}`), undefined);
    assert.deepEqual(ok(await confirmContactCheck(room.ctx, token)), { id: changeId, applied: true });
    assert.deepEqual(ok(await confirmContactCheck(room.ctx, token)), { id: changeId, applied: true });
    const contacts = await room.ctx.db
      .selectFrom('contact')
      .select(['email', 'status'])
      .where('party_id', '=', party.partyId)
      .orderBy('id')
      .execute();
    assert.deepEqual(
      contacts.map((one) => one.status),
      ['left', 'active'],
    );
    // Who is new gets the notice.
    await sendDueDeliveries(room.ctx);
    const sent = await room.ctx.db.selectFrom('delivery').select('kind').where('address', '=', named).execute();
    assert.deepEqual(sent.map((one) => one.kind).sort(), ['contact-check', 'notice']);
  });

  test('a yes from another house is put beside the proposal, and staff decide', async () => {
    const party = await addTold(room);
    const [letter] = party.letters;
    assert.ok(letter);
    await bring(
      room,
      personMail(letter, {
        from: { ...erika, address: letter.to },
        at: at(),
        subject: 'Automatic reply',
        text: 'I no longer work here. Please write to someone@elsewhere.example instead.',
        automatic: true,
      }),
    );
    const [task] = await tasksOf(party.partyId);
    const changeId = Number(task?.detail.changeId);
    const token = contactCheckToken(room.ctx.settings, changeId);
    assert.deepEqual(ok(await confirmContactCheck(room.ctx, token)), { id: changeId, applied: false });
    const after = (await tasksOf(party.partyId))[0];
    assert.equal(after?.state, 'open');
    assert.ok(after?.detail.addressConfirmed);
  });

  test('loops: a machine that answers our receipt, our own letter, and a list are never answered', async () => {
    const party = await addTold(room);
    const [letter] = party.letters;
    assert.ok(letter);
    const before = await room.ctx.db.selectFrom('delivery').select('id').execute();
    for (let round = 0; round < 3; round++) {
      await bring(
        room,
        personMail(letter, {
          from: { ...erika, address: letter.to },
          at: at(),
          subject: 'Auto: we have received your message',
          text: 'All done. Installed on all instruments. Ticket 4711.',
          automatic: true,
        }),
      );
    }
    const own = Buffer.from(
      `From: notices@muster.example\r\nTo: x@muster.example\r\nMessage-ID: ${letter.messageId}\r\nSubject: Recall\r\n\r\nx`,
    );
    const row = await bring(room, own);
    assert.match(row.outcome, /letter of ours/);
    const later = await room.ctx.db.selectFrom('delivery').select('id').execute();
    assert.equal(later.length, before.length);
  });
});

describe('what people write', () => {
  test('"done for …" is only a proposal; one press records it, and its sender gets a receipt that can be mended', async () => {
    const party = await addTold(room, { units: 2, contacts: [{ languages: ['de'] }] });
    const [letter] = party.letters;
    assert.ok(letter);
    const units = await room.ctx.db
      .selectFrom('unit')
      .select(['id', 'serial'])
      .where('party_id', '=', party.partyId)
      .orderBy('id')
      .execute();
    const row = await bring(
      room,
      personMail(letter, {
        from: { ...erika, address: letter.to },
        at: at(),
        text: `Guten Tag,\nder Patch wurde auf ${units[0]?.serial} im Dx-Modus am 04.05.2022 installiert.\nGruß`,
      }),
    );
    assert.deepEqual(
      [row.kind, row.state, row.party_id, row.matched_by],
      ['reply', 'waiting', party.partyId, 'reference'],
    );
    const states = () =>
      room.ctx.db
        .selectFrom('correction')
        .select('state')
        .where('party_id', '=', party.partyId)
        .orderBy('id')
        .execute();
    assert.deepEqual(new Set((await states()).map((one) => one.state)), new Set(['open']));
    const done = ok(await decideMessage(room.house.as(support), row.id, { how: 'accept', outcome: '' }));
    assert.match(done.outcome, /Recorded as reply \d+\. A receipt goes/);
    assert.deepEqual(
      (await states()).map((one) => one.state),
      ['stated', 'open', 'open', 'open'],
    );
    const after = await message(row.id);
    const reply = await room.ctx.db
      .selectFrom('reply')
      .selectAll()
      .where('id', '=', after.reply_id ?? 0)
      .executeTakeFirstOrThrow();
    assert.deepEqual([reply.door, reply.source_file_id], ['email', row.file_id]);
    assert.deepEqual(reply.received_at, row.received_at);
    await sendDueDeliveries(room.ctx);
    const receipt = await room.ctx.db
      .selectFrom('mailbox_message')
      .selectAll()
      .where('subject', 'like', 'Wir haben Ihre Antwort gelesen%')
      .executeTakeFirstOrThrow();
    const mail = await room.ctx.mailer.read(receipt.raw);
    assert.match(mail.text, new RegExp(`${units[0]?.serial}: Dx: .*4\\. Mai 2022`));
    assert.match(mail.text, /https:\/\/fieldfix\.example\/p\//);
    assert.doesNotMatch(mail.text, new RegExp(String(units[1]?.serial)));
    // Accepted twice it is one reply.
    const again = await decideMessage(room.house.as(support), row.id, { how: 'accept', outcome: '' });
    assert.ok(isRefusal(again) && again.code === 'message.done');
  });

  test('a suspected break-in is an urgent task at once, and one press makes it an incident', async () => {
    const party = await addTold(room);
    const [letter] = party.letters;
    assert.ok(letter);
    const row = await bring(
      room,
      personMail(letter, {
        from: { ...erika, address: letter.to },
        at: at(),
        text: 'An unknown user was signed in this morning. We unplugged the network cable.',
      }),
    );
    assert.deepEqual([row.kind, row.state], ['problem', 'waiting']);
    const [task] = await tasksOf(party.partyId);
    assert.deepEqual([task?.kind, task?.priority, task?.state], ['mail-problem', 1, 'open']);
    ok(await decideMessage(room.house.as(support), row.id, { how: 'accept', outcome: '' }));
    const [before, incident] = await tasksOf(party.partyId);
    assert.deepEqual([before?.state, incident?.kind, incident?.state], ['done', 'suspected-compromise', 'open']);
  });

  test('questions, contact changes and the rest wait under their headings', async () => {
    const party = await addTold(room);
    const [letter] = party.letters;
    assert.ok(letter);
    const from = { ...erika, address: letter.to };
    const kinds: [text: string, kind: string][] = [
      ['Where can we download the patch?', 'question'],
      ['Wie können wir das Update ohne Internet einspielen?', 'question'],
      ['I am not responsible for this. Please contact Kim Beispiel, kim@lab.example.', 'contact-change'],
      ['La nuova persona di riferimento: nuovo indirizzo it@lab.example', 'contact-change'],
      ['We confirm receipt of the notice.', 'reply'],
      ['Best regards', 'other'],
    ];
    for (const [text, kind] of kinds) {
      const row = await bring(room, personMail(letter, { from, at: at(), text, quote: true }));
      assert.deepEqual([row.kind, row.state], [kind, 'waiting'], text);
    }
  });

  test('one from an unknown address is matched by its serial numbers, or waits without a party', async () => {
    const party = await addTold(room);
    const unit = await room.ctx.db
      .selectFrom('unit')
      .select('serial')
      .where('party_id', '=', party.partyId)
      .executeTakeFirstOrThrow();
    const [letter] = party.letters;
    assert.ok(letter);
    const from = { name: 'A colleague', address: 'private@home.example' };
    const known = await bring(
      room,
      personMail(letter, { from, at: at(), text: `Installed on ${unit.serial}.`, loose: true }),
    );
    assert.deepEqual([known.matched_by, known.party_id], ['serial', party.partyId]);
    const nobody = await bring(room, personMail(letter, { from, at: at(), text: 'Installed.', loose: true }));
    assert.deepEqual([nobody.matched_by, nobody.party_id, nobody.state], ['', null, 'waiting']);
    const refused = await decideMessage(room.house.as(support), nobody.id, { how: 'accept', outcome: '' });
    assert.ok(isRefusal(refused) && refused.code === 'message.no-party');
    ok(
      await decideMessage(room.house.as(support), nobody.id, {
        how: 'correct',
        partyId: party.partyId,
        actionId: room.released.actionId,
      }),
    );
    ok(
      await decideMessage(room.house.as(support), nobody.id, {
        how: 'accept',
        received: true,
        corrections: [],
        outcome: '',
      }),
    );
    const ended = await message(nobody.id);
    assert.deepEqual([ended.state, ended.matched_by], ['done', 'person']);
    ok(await decideMessage(room.house.as(support), nobody.id, { how: 'reopen' }));
    assert.equal((await message(nobody.id)).state, 'waiting');
  });
});

describe('attachments', () => {
  test('are handed to the reader of their kind, once; a program is kept and never handed out', async () => {
    const party = await addTold(room);
    const [letter] = party.letters;
    assert.ok(letter);
    const seen: number[] = [];
    const reader: AttachmentReader = {
      name: 'reader of the test',
      takes: (attachment) => attachment.mediaType === 'application/x-sample',
      read: async (_ctx, input) => {
        seen.push(input.bytes.byteLength);
        return { done: true, words: 'The form was read.', replyIds: [] };
      },
    };
    attachmentReaders.push(reader);
    try {
      const row = await bring(
        room,
        personMail(letter, {
          from: { ...erika, address: letter.to },
          at: at(),
          text: 'Attached.',
          attachments: [
            { name: 'form.sample', type: 'application/x-sample', content: Buffer.from('invented contents') },
            { name: 'tool.exe', type: 'application/octet-stream', content: Buffer.from('MZ not a program') },
          ],
        }),
      );
      assert.deepEqual([row.attachments_due, row.state], [true, 'waiting']);
      assert.deepEqual(row.troubles, ['executable']);
      ok(await readAttachments(room.ctx));
      ok(await readAttachments(room.ctx));
      assert.deepEqual(seen, [17]);
      const after = await message(row.id);
      assert.deepEqual([after.state, after.outcome], ['done', 'The form was read.']);
      const staff = room.house.as(support);
      assert.equal(ok(await readAttachment(staff, row.id, 0)).mediaType, 'application/x-sample');
      const refused = await readAttachment(staff, row.id, 1);
      assert.ok(isRefusal(refused) && refused.code === 'message.executable');
    } finally {
      attachmentReaders.splice(attachmentReaders.indexOf(reader), 1);
    }
  });

  test('without a reader, one is a message for a person', async () => {
    const party = await addTold(room);
    const [letter] = party.letters;
    assert.ok(letter);
    const row = await bring(
      room,
      personMail(letter, {
        from: { ...erika, address: letter.to },
        at: at(),
        text: 'Scan.',
        attachments: [{ name: 'scan.dat', type: 'application/octet-stream', content: Buffer.from('who knows') }],
      }),
    );
    assert.deepEqual([row.attachments_due, row.state], [false, 'waiting']);
  });
});

test('the chain of events holds after all of it', async () => {
  assert.equal((await verifyEventChain(room.ctx)).chain, 'ok');
});
