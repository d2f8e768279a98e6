/** Forms that come back: filled on a screen, scanned, joined, torn apart and tampered with. Each has its own outcome. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import { PDFDocument, PDFName, PDFString, rgb } from '@cantoo/pdf-lib';
import bwip from 'bwip-js/node';
import sharp from 'sharp';
import { completeAnswers, fillForm } from '../sample/fill.ts';
import { seededRandom } from '../sample/random.ts';
import { scanForm } from '../sample/scan.ts';
import { openPaperFile } from '../src/adapters/paper-reader-file.ts';
import { createStandardForm } from '../src/app/forms.ts';
import { acceptPaperReply, matchPaperReply, setPaperReplyAside } from '../src/app/paper-decide.ts';
import { ensurePaperForm, type KeptPaperForm, paperFormByCode } from '../src/app/paper-forms.ts';
import { keepPaperFile, type PaperOutcome, readPaperFile } from '../src/app/paper-replies.ts';
import { loadPaperReply } from '../src/app/queries/paper-replies.ts';
import { paperKey } from '../src/domain/paper-form.ts';
import { makeFormName, writeFormCode } from '../src/domain/paper-form-code.ts';
import { isRefusal, type Refusal } from '../src/domain/refusal.ts';
import {
  addParty,
  addReleased,
  type DeliveryHouse,
  openDeliveryHouse,
  type Released,
  regulatory,
  type SampleParty,
  support,
} from './delivery-house.ts';
import { heicDrawing } from './helpers/heic-drawing.ts';

let house: DeliveryHouse;
let released: Released;
before(async () => {
  house = await openDeliveryHouse();
  released = await addReleased(house.ctx);
  ok(await createStandardForm(house.as(regulatory), released.actionId, { software: 'Local Run Manager' }));
});
after(async () => {
  await house.ctx.paperReader.close();
  await house.close();
});

function ok<T>(answer: T | Refusal): T {
  assert.ok(!isRefusal(answer), isRefusal(answer) ? `${answer.code} ${JSON.stringify(answer.params)}` : '');
  return answer;
}

interface Printed extends SampleParty {
  pdf: Uint8Array;
  form: KeptPaperForm;
}

async function printFor(of: Released = released, units = 1): Promise<Printed> {
  const party = await addParty(house.ctx, of, { units, contacts: [{ languages: ['de'] }] });
  const file = ok(
    await ensurePaperForm(house.as(regulatory), { actionId: of.actionId, contactId: party.contactIds[0] ?? 0 }),
  );
  const form = await paperFormByCode(house.ctx.db, file.code);
  assert.ok(form);
  return { ...party, pdf: file.pdf, form };
}

/** A form filled in completely: everything received, every mode patched. */
const complete = ({ form }: Printed): Map<string, string | true> =>
  completeAnswers(form.layout, {
    name: 'Erika Muster',
    title: 'Laborleitung',
    email: 'erika@lab.example',
    phone: '+49 30 5550421',
    day: '2022-05-04',
  });

async function* stream(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function handIn(bytes: Uint8Array, place?: { actionId: number; partyId: number }): Promise<PaperOutcome> {
  const kept = ok(
    await keepPaperFile(house.as(support), {
      name: 'form.pdf',
      bytes: stream(bytes),
      way: 'upload',
      ...(place ? { place: { ...place, contactId: null } } : {}),
    }),
  );
  return ok(await readPaperFile(house.ctx, kept.id));
}

function reply(id: number | undefined) {
  return house.ctx.db
    .selectFrom('reply')
    .selectAll()
    .where('id', '=', id ?? 0)
    .executeTakeFirstOrThrow();
}

describe('a form filled in on a screen', () => {
  it('is a reply by itself when it is complete, with the file as its source', async () => {
    const printed = await printFor();
    const outcome = await handIn(await fillForm(printed.pdf, printed.form.layout, complete(printed)));
    assert.deepEqual(outcome.waiting, []);
    const row = await reply(outcome.replyIds[0]);
    assert.equal(row.door, 'pdf');
    assert.equal(row.party_id, printed.partyId);
    assert.equal(row.language, 'de');
    assert.notEqual(row.source_file_id, null);
    const states = await house.ctx.db
      .selectFrom('correction')
      .select('state')
      .where('unit_id', 'in', printed.unitIds)
      .execute();
    assert.ok(
      states.every(({ state }) => state !== 'open'),
      'both modes are stated',
    );
    const again = await handIn(await fillForm(printed.pdf, printed.form.layout, complete(printed)));
    assert.deepEqual(again.replyIds, outcome.replyIds, 'the same file is the same reply');
  });

  it('is read though it was locked against changes; one that opens with a password only is named', async () => {
    const printed = await printFor();
    const filled = await fillForm(printed.pdf, printed.form.layout, complete(printed));
    const locked = async (userPassword: string): Promise<Uint8Array> => {
      const document = await PDFDocument.load(filled, { updateMetadata: false });
      document.encrypt({ ownerPassword: 'owner', userPassword });
      return document.save({ updateFieldAppearances: false });
    };
    assert.equal((await handIn(await locked('secret'))).trouble?.code, 'paper-file.encrypted');
    const outcome = await handIn(await locked(''));
    assert.equal((await reply(outcome.replyIds[0])).door, 'pdf');
  });

  it('waits when something is missing or contradicts itself', async () => {
    const printed = await printFor();
    const values = complete(printed);
    for (const key of [...values.keys()])
      if (key.includes('understood') || key.includes('all-patched')) values.delete(key);
    const outcome = await handIn(await fillForm(printed.pdf, printed.form.layout, values));
    assert.deepEqual(outcome.waiting[0]?.reasons, ['incomplete']);
    const odd = await printFor();
    const future = complete(odd);
    for (const key of future.keys()) if (key.endsWith('done-on')) future.set(key, '2031-01-01');
    const second = await handIn(await fillForm(odd.pdf, odd.form.layout, future));
    assert.deepEqual(second.waiting[0]?.reasons, ['contradictions']);
  });

  it('is read with its pages turned round, and waits with a page missing', async () => {
    const printed = await printFor(released, 9);
    const filled = await PDFDocument.load(await fillForm(printed.pdf, printed.form.layout, complete(printed)));
    assert.ok(printed.form.pages >= 2);
    const turned = await PDFDocument.create();
    for (const page of await turned.copyPages(filled, filled.getPageIndices().reverse())) turned.addPage(page);
    const outcome = await handIn(await turned.save());
    assert.equal(outcome.replyIds.length, 1);
    const other = await printFor(released, 9);
    const torn = await PDFDocument.create();
    const whole = await PDFDocument.load(await fillForm(other.pdf, other.form.layout, complete(other)));
    for (const page of await torn.copyPages(whole, [0])) torn.addPage(page);
    const missing = await handIn(await torn.save());
    assert.ok(missing.waiting[0]?.reasons.includes('pages-missing'));
  });

  it('finds together when its pages come one by one, in any order, and is taken with the last', async () => {
    const printed = await printFor(released, 9);
    const whole = await PDFDocument.load(await fillForm(printed.pdf, printed.form.layout, complete(printed)));
    const place = { actionId: released.actionId, partyId: printed.partyId };
    const outcomes: PaperOutcome[] = [];
    for (const index of whole.getPageIndices().reverse()) {
      const single = await PDFDocument.create();
      for (const page of await single.copyPages(whole, [index])) single.addPage(page);
      outcomes.push(await handIn(await single.save(), place));
    }
    const [first] = outcomes;
    const last = outcomes.at(-1);
    assert.ok(first?.waiting[0]?.reasons.includes('pages-missing'));
    assert.equal(last?.replyIds.length, 1);
    const rows = await house.ctx.db
      .selectFrom('paper_reply')
      .select(['id', 'state', 'joined_to_id', 'pages', 'reply_id'])
      .where('paper_form_id', '=', printed.form.id)
      .orderBy('id')
      .execute();
    assert.deepEqual(
      rows.map((row) => [row.state, row.joined_to_id]),
      rows.map((_, index) => (index === 0 ? ['taken', null] : ['joined', rows[0]?.id])),
    );
    assert.equal(rows[0]?.pages.length, printed.form.pages);
    assert.equal(new Set(rows[0]?.pages.map((page) => page.number)).size, printed.form.pages);
  });

  it('keeps apart pages that say they are somebody else’s, and a page that is there already', async () => {
    const printed = await printFor(released, 9);
    const whole = await PDFDocument.load(await fillForm(printed.pdf, printed.form.layout, complete(printed)));
    const pageOf = async (index: number, title = ''): Promise<Uint8Array> => {
      const single = await PDFDocument.create();
      single.setTitle(title);
      for (const page of await single.copyPages(whole, [index])) single.addPage(page);
      return single.save();
    };
    const stranger = await printFor();
    await handIn(await pageOf(0), { actionId: released.actionId, partyId: printed.partyId });
    const strange = await handIn(await pageOf(1), { actionId: released.actionId, partyId: stranger.partyId });
    assert.ok(strange.waiting[0]?.reasons.includes('other-party'));
    const twice = await handIn(await pageOf(0, 'again'), { actionId: released.actionId, partyId: printed.partyId });
    assert.ok(twice.waiting[0]?.reasons.includes('pages-missing'));
    const states = await house.ctx.db
      .selectFrom('paper_reply')
      .select('state')
      .where('paper_form_id', '=', printed.form.id)
      .execute();
    assert.deepEqual(
      states.map((row) => row.state),
      ['waiting', 'waiting', 'waiting'],
    );
  });

  it('becomes a reply for each of two recipients whose files were joined', async () => {
    const both = [await printFor(), await printFor()];
    const joined = await PDFDocument.create();
    for (const one of both) {
      const filled = await PDFDocument.load(await fillForm(one.pdf, one.form.layout, complete(one)));
      for (const page of await joined.copyPages(filled, filled.getPageIndices())) joined.addPage(page);
    }
    const outcome = await handIn(await joined.save());
    const parties = await Promise.all(outcome.replyIds.map(async (id) => (await reply(id)).party_id));
    assert.deepEqual(
      parties,
      both.map((one) => one.partyId),
    );
  });

  it('of another action than expected is noticed', async () => {
    const other = await addReleased(house.ctx);
    ok(await createStandardForm(house.as(regulatory), other.actionId, { software: 'Local Run Manager' }));
    const printed = await printFor(other);
    const filled = await fillForm(printed.pdf, printed.form.layout, complete(printed));
    const outcome = await handIn(filled, { actionId: released.actionId, partyId: printed.partyId });
    assert.deepEqual(outcome.waiting[0]?.reasons, ['other-action']);
  });

  it('with a code that was tampered with, or of a form nobody printed, is noticed', async () => {
    const printed = await printFor();
    const code = { form: printed.form.code, page: 1, pages: printed.form.pages, language: 'de' };
    const right = writeFormCode(code, house.ctx.settings.secret);
    const stranger = { ...code, form: makeFormName(Buffer.from('7654321')) };
    for (const [text, reason] of [
      [right.replace(/.$/, (sign) => (sign === '2' ? '3' : '2')), 'code-altered'],
      [writeFormCode(stranger, house.ctx.settings.secret), 'form-unknown'],
    ] as const) {
      const document = await PDFDocument.load(await fillForm(printed.pdf, printed.form.layout, complete(printed)));
      const picture = await document.embedPng(await bwip.toBuffer({ bcid: 'qrcode', text, scale: 4 }));
      const { x, y, width, height } = printed.form.layout.code;
      for (const page of document.getPages()) {
        const place = { x, y: page.getHeight() - y - height, width, height };
        page.drawRectangle({ ...place, color: rgb(1, 1, 1) });
        page.drawImage(picture, { x: x + 4, y: place.y + 4, width: width - 8, height: height - 8 });
      }
      const outcome = await handIn(await document.save({ updateFieldAppearances: false }));
      assert.deepEqual(outcome.replyIds, [], reason);
      assert.deepEqual(outcome.waiting[0]?.reasons, [reason]);
    }
  });

  it('with words written beside its fields is looked at by a person, who reads them', async () => {
    const told = await printFor();
    const document = await PDFDocument.load(await fillForm(told.pdf, told.form.layout, complete(told)));
    const [page] = document.getPages();
    assert.ok(page);
    const note = document.context.obj({ Type: 'Annot', Subtype: 'FreeText', Rect: [40, 20, 400, 40], F: 4 });
    note.set(PDFName.of('Contents'), PDFString.of('A third instrument is NOT patched'));
    page.node.Annots()?.push(document.context.register(note));
    const outcome = await handIn(await document.save({ updateFieldAppearances: false }));
    assert.deepEqual(outcome.replyIds, []);
    assert.ok(outcome.waiting[0]?.reasons.includes('notes'));
    const kept = await loadPaperReply(house.ctx.db, outcome.waiting[0]?.id ?? 0);
    assert.deepEqual(kept?.pages[0]?.notes, ['A third instrument is NOT patched']);
  });

  it('ticked with a pen of the viewer, its fields left empty, has the ticks proposed', async () => {
    const told = await printFor();
    const values = complete(told);
    const document = await PDFDocument.load(told.pdf);
    const drawn = told.form.layout.fields.filter((field) => values.get(paperKey(field)) === true);
    for (const { page, rect } of drawn) {
      const sheet = document.getPage(page - 1);
      const y = sheet.getHeight() - rect.y - rect.height;
      const right = rect.x + rect.width;
      sheet.drawLine({ start: { x: rect.x, y }, end: { x: right, y: y + rect.height }, thickness: 1.2 });
      sheet.drawLine({ start: { x: rect.x, y: y + rect.height }, end: { x: right, y }, thickness: 1.2 });
    }
    const outcome = await handIn(await document.save({ updateFieldAppearances: false }));
    assert.deepEqual(outcome.replyIds, []);
    assert.ok(outcome.waiting[0]?.reasons.includes('doubtful'));
    const kept = await loadPaperReply(house.ctx.db, outcome.waiting[0]?.id ?? 0);
    const proposed = kept?.boxes.filter((box) => box.value === true && !box.sure && box.by === 'ink') ?? [];
    assert.deepEqual(new Set(proposed.map((box) => box.key)), new Set(drawn.map(paperKey)));
  });

  it('with one box that the file says two things about is doubtful', async () => {
    const printed = await printFor();
    const document = await PDFDocument.load(await fillForm(printed.pdf, printed.form.layout, complete(printed)));
    const [widget] = document.getForm().getRadioGroup('q.understood').acroField.getWidgets();
    for (const one of document.getForm().getRadioGroup('q.understood').acroField.getWidgets())
      one.setAppearanceState(PDFName.of('Off'));
    assert.ok(widget);
    const outcome = await handIn(await document.save({ updateFieldAppearances: false }));
    assert.ok(outcome.waiting[0]?.reasons.includes('doubtful'));
  });
});

describe('a form that was printed into a file', () => {
  it('has no fields any more: its ticks are read as ink, its words wait to be typed', async () => {
    const printed = await printFor();
    const document = await PDFDocument.load(await fillForm(printed.pdf, printed.form.layout, complete(printed)));
    const form = document.getForm();
    form.removeField(form.getField('q.signature'));
    form.flatten({ updateFieldAppearances: false });
    const outcome = await handIn(await document.save());
    assert.ok(outcome.waiting[0]?.reasons.includes('handwriting'));
    const row = await house.ctx.db
      .selectFrom('paper_reply')
      .select(['boxes', 'door'])
      .where('id', '=', outcome.waiting[0]?.id ?? 0)
      .executeTakeFirstOrThrow();
    assert.equal(row.door, 'scan');
    const ticks = row.boxes.filter((box) => box.value === true && box.sure).map((box) => box.key);
    const wanted = [...complete(printed)].filter(([, value]) => value === true).map(([key]) => key);
    assert.deepEqual(ticks.sort(), wanted.sort());
  });
});

describe('a form on paper', () => {
  const random = seededRandom(7);
  const next = (): number => random.next();

  async function scanned(printed: Printed): Promise<Uint8Array> {
    const pen = { values: complete(printed), signature: 'x' };
    const pages = await scanForm(
      printed.pdf,
      printed.form.layout,
      pen,
      { dpi: 200, tilt: 2, noise: 5, turns: 2 },
      next,
    );
    const document = await PDFDocument.create();
    for (const { jpeg, width, height } of pages) {
      const page = document.addPage([(width * 72) / 200, (height * 72) / 200]);
      page.drawImage(await document.embedJpg(jpeg), { x: 0, y: 0, width: page.getWidth(), height: page.getHeight() });
    }
    return document.save();
  }

  it('waits with its ticks read and its handwriting to be typed; accepted, it is a reply by scan', async () => {
    const printed = await printFor();
    const outcome = await handIn(await scanned(printed));
    const [waiting] = outcome.waiting;
    assert.ok(waiting?.reasons.includes('handwriting'), String(waiting?.reasons));
    const row = await house.ctx.db
      .selectFrom('paper_reply')
      .selectAll()
      .where('id', '=', waiting?.id ?? 0)
      .executeTakeFirstOrThrow();
    const ticks = row.boxes.filter((box) => box.value === true && box.sure).map((box) => box.key);
    const wanted = [...complete(printed)].filter(([, value]) => value === true).map(([key]) => key);
    assert.deepEqual(ticks.sort(), wanted.sort());
    assert.equal(row.pages.length, printed.form.pages);
    const body: Record<string, string> = { 'q.received': 'yes', 'q.understood': 'yes', 'q.compromise': 'no' };
    const taken = ok(await acceptPaperReply(house.as(support), row.id, body));
    assert.equal((await reply(taken.replyId)).door, 'scan');
    const twice = await acceptPaperReply(house.as(support), row.id, body);
    assert.ok(isRefusal(twice) && twice.code === 'paper-reply.not-waiting');
  });

  it('without our code is kept, matched by a person, and put aside with a reason', async () => {
    const blank = await sharp({ create: { width: 1200, height: 1700, channels: 3, background: 'white' } })
      .jpeg()
      .toBuffer();
    const outcome = await handIn(blank);
    const [waiting] = outcome.waiting;
    assert.deepEqual(waiting?.reasons, ['no-code']);
    const id = waiting?.id ?? 0;
    const early = await acceptPaperReply(house.as(support), id, {});
    assert.ok(isRefusal(early) && early.code === 'paper-reply.no-form');
    const party = await addParty(house.ctx, released);
    ok(await matchPaperReply(house.as(support), id, { actionId: released.actionId, partyId: party.partyId }));
    const why = await setPaperReplyAside(house.as(support), id, { aside: true, outcome: ' ' });
    assert.ok(isRefusal(why) && why.code === 'paper-reply.why');
    ok(await setPaperReplyAside(house.as(support), id, { aside: true, outcome: 'A delivery note.' }));
    ok(await setPaperReplyAside(house.as(support), id, { aside: false, outcome: '' }));
    const taken = ok(await acceptPaperReply(house.as(support), id, { 'q.received': 'yes', 'q.understood': 'yes' }));
    assert.equal((await reply(taken.replyId)).party_id, party.partyId);
  });
});

/** A PDF of empty pages, written by hand: the library would take seconds. */
function pagesOf(count: number): Buffer {
  const objects = ['<</Type/Catalog/Pages 2 0 R>>'];
  objects.push(
    `<</Type/Pages/Count ${count}/Kids[${Array.from({ length: count }, (_, i) => `${i + 3} 0 R`).join(' ')}]>>`,
  );
  for (let i = 0; i < count; i++) objects.push('<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>');
  let text = '%PDF-1.4\n';
  const at = objects.map((object, i) => {
    const start = text.length;
    text += `${i + 1} 0 obj${object}endobj\n`;
    return `${String(start).padStart(10, '0')} 00000 n \n`;
  });
  const xref = text.length;
  text += `xref\n0 ${at.length + 1}\n0000000000 65535 f \n${at.join('')}trailer<</Size ${at.length + 1}/Root 1 0 R>>\nstartxref\n${xref}\n%%EOF`;
  return Buffer.from(text, 'latin1');
}

describe('a file that does harm or is none', () => {
  const trouble = async (bytes: Uint8Array): Promise<string> => (await handIn(bytes)).trouble?.code ?? '';

  it('is named in one line: damaged, no picture, too many pages, too many pixels', async () => {
    assert.equal(await trouble(Buffer.from('%PDF-1.7 and no more')), 'paper-file.damaged');
    assert.equal(await trouble(Buffer.from('Dear Sirs, please find enclosed')), 'paper-file.kind');
    assert.equal(await trouble(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')), 'paper-file.kind');
    assert.equal(await trouble(pagesOf(10_000)), 'paper-file.too-many-pages');
    // A PNG that only says that it has 100,000 × 100,000 pixels.
    const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'white' } })
      .png()
      .toBuffer();
    png.writeUInt32BE(100_000, 16);
    png.writeUInt32BE(100_000, 20);
    assert.match(await trouble(png), /^paper-file\.(too-large|kind)$/);
  });

  it('waits for a person, who opens it elsewhere: it is typed as a form, or put aside', async () => {
    const outcome = await handIn(Buffer.from('%PDF-1.7 and broken again'));
    const [waiting] = outcome.waiting;
    assert.deepEqual(waiting?.reasons, ['unreadable']);
    const id = waiting?.id ?? 0;
    const detail = await loadPaperReply(house.ctx.db, id);
    assert.deepEqual([detail?.trouble, detail?.pages, detail?.state], ['paper-file.damaged', [], 'waiting']);
    const party = await addParty(house.ctx, released);
    ok(await matchPaperReply(house.as(support), id, { actionId: released.actionId, partyId: party.partyId }));
    const taken = ok(await acceptPaperReply(house.as(support), id, { 'q.received': 'yes', 'q.understood': 'yes' }));
    const { door, party_id, source_file_id } = await reply(taken.replyId);
    assert.deepEqual([door, party_id], ['scan', party.partyId]);
    assert.ok(source_file_id, 'with the file as its source');
  });

  it('that unpacks to gigabytes is stopped before it is opened, however it is packed', async () => {
    const packed = deflateSync(Buffer.alloc(200_000_000, 0x20), { level: 9 });
    const nested = [1, 2, 3].reduce((data) => deflateSync(data), packed);
    for (const [data, kind] of [
      [packed, '/Type/ObjStm/N 1/First 10/Filter/FlateDecode'],
      [packed, '/Type/XObject/Subtype/Image/Filter/FlateDecode'],
      [nested, '/Filter[/FlateDecode/FlateDecode/FlateDecode/FlateDecode]'],
    ] as const) {
      const stream = `<<${kind}/Length ${data.byteLength}>>stream\n`;
      const file = Buffer.concat([
        pagesOf(1),
        Buffer.from(`\n9 0 obj${stream}`),
        data,
        Buffer.from('\nendstream endobj'),
      ]);
      const before = performance.now();
      assert.equal(await trouble(file), 'paper-file.bomb', kind);
      assert.ok(performance.now() - before < 10_000);
    }
    assert.equal(await trouble(pagesOf(1)), '', 'the page alone is harmless');
  });

  it('with a program in it is read, the program never run and told', async () => {
    const printed = await printFor();
    const document = await PDFDocument.load(await fillForm(printed.pdf, printed.form.layout, complete(printed)));
    document.catalog.set(
      PDFName.of('OpenAction'),
      document.context.obj({ S: 'JavaScript', JS: PDFString.of('app.alert(1)') }),
    );
    // In plain sight, and packed away in an object stream.
    for (const useObjectStreams of [false, true]) {
      const outcome = await handIn(await document.save({ useObjectStreams }));
      assert.equal(outcome.replyIds.length + outcome.waiting.length, 1);
      const last = house.ctx.db.selectFrom('paper_file').select('program').orderBy('id', 'desc');
      assert.equal((await last.executeTakeFirst())?.program, true);
    }
  });

  it('is a photo of a telephone, decoded for real; one that lies about its size is refused', async () => {
    const file = await openPaperFile(heicDrawing);
    assert.ok(!isRefusal(file) && file.kind === 'image');
    const { data, width, height } = await file.page(0);
    assert.deepEqual([width, height], [96, 64]);
    const grey = (x: number, y: number): number => data[y * width + x] ?? -1;
    assert.ok(grey(20, 20) < 40, `square ${grey(20, 20)}`);
    assert.ok(grey(45, 32) > 230, `paper ${grey(45, 32)}`);
    assert.ok(grey(72, 32) < 110, `cross ${grey(72, 32)}`);
    assert.deepEqual((await handIn(heicDrawing)).waiting[0]?.reasons, ['no-code']);
    const huge = Buffer.from(heicDrawing);
    const size = huge.indexOf('ispe') + 8;
    huge.writeUInt32BE(100_000, size);
    huge.writeUInt32BE(100_000, size + 4);
    assert.match(await trouble(huge), /^paper-file\.(too-large|damaged|kind)$/);
    assert.match(await trouble(heicDrawing.subarray(0, 900)), /^paper-file\./);
  });

  it('is refused when it is empty', async () => {
    const kept = await keepPaperFile(house.as(support), { name: 'x', bytes: stream(Buffer.alloc(0)), way: 'upload' });
    assert.ok(isRefusal(kept) && kept.code === 'paper-file.empty');
  });
});
